import type { Command } from 'commander';
import { sizeText } from '../output/bytes-size.js';
import { printJson } from '../output/io.js';
import { ACTIVITY_HEAD, ACTIVITY_TEXT } from '../output/range-text.js';
import { table } from '../output/table.js';
import type { Context } from './context.js';
import { addChoiceOptions, jsonOption, type DataOptions } from './options.js';
import { withDatabase } from './with-database.js';

const HEAD = ['shard', 'state', 'ranges', 'rows', 'bytes', ...ACTIVITY_HEAD, 'prepared', 'unfinished outcomes'] as const;

const MORE = `
Rows and bytes are what the engines estimate, rows of earlier versions included. A shard that is draining takes no ranges any more. ${ACTIVITY_TEXT}

A shard is added by naming it in the configuration: it takes part once the database is opened. See panda balance and panda move to give it
ranges.`;

export function addShards(program: Command, context: Context): void {
  addChoiceOptions(program.command('shards').description('Print all shards, and about how much each serves.'))
    .addOption(jsonOption())
    .addHelpText('after', MORE)
    .action((options: DataOptions) => printShards(options, context));
}

async function printShards({ json, ...choice }: DataOptions, { io }: Context): Promise<void> {
  const shards = await withDatabase(choice, (database) => database.shards());
  if (json) {
    await printJson(io, { ok: true, shards: shards.map((shard) => ({ ...shard, lag: shard.lag ?? null })) });
    return;
  }
  const rows = shards.map(({ id, state, ranges, rows, bytes, load, lag, prepared, unfinishedOutcomes }) => {
    return [id, state, ranges, rows, sizeText(bytes), load, lag ?? '', prepared, unfinishedOutcomes];
  });
  await io.print(`${table(HEAD, rows)}\n`);
}
