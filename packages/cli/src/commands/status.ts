import type { Command } from 'commander';
import { hexOf, readable } from '../output/bytes-text.js';
import { printJson } from '../output/io.js';
import { table } from '../output/table.js';
import type { Context } from './context.js';
import { configOption, dataOption, jsonOption, type DataOptions } from './options.js';
import { withDatabase } from './with-database.js';

export function addStatus(program: Command, context: Context): void {
  program
    .command('status')
    .description('Print which shard serves which range of keys, and the state of every shard.')
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nExamples:\n  panda status --data shop\n  panda status --json --data shop')
    .action((options: DataOptions) => status(options, context));
}

async function status({ json, ...choice }: DataOptions, { io }: Context): Promise<void> {
  const { ranges, shards } = await withDatabase(choice, async (database) => ({
    ranges: database.ranges(),
    shards: await database.status(),
  }));
  if (json) {
    await printJson(io, {
      ok: true,
      ranges: ranges.map(({ id, start, end, shard, epoch }) => ({
        id,
        startHex: hexOf(start),
        endHex: end === undefined ? null : hexOf(end),
        shard,
        epoch,
      })),
      shards: shards.map(({ id, epoch, sequence, prepared, unfinishedOutcomes }) => ({
        id,
        epoch,
        sequence,
        prepared,
        unfinishedOutcomes,
      })),
    });
    return;
  }
  const rangeRows = ranges.map(({ id, start, end, shard, epoch }) => {
    return [id, start.length === 0 ? '(first)' : readable(start), end === undefined ? '(last)' : readable(end), shard, epoch];
  });
  const shardRows = shards.map(({ id, epoch, sequence, prepared, unfinishedOutcomes }) => {
    return [id, epoch, sequence, prepared, unfinishedOutcomes];
  });
  await io.print(table(['range', 'start', 'end', 'shard', 'epoch'], rangeRows) + '\n');
  await io.print(table(['shard', 'epoch', 'sequence', 'prepared', 'unfinished outcomes'], shardRows) + '\n');
}
