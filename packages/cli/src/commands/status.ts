import type { Command } from 'commander';
import { printJson } from '../output/io.js';
import { RANGE_HEAD, rangeCells, rangeJson } from '../output/range-text.js';
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
      ranges: ranges.map(rangeJson),
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
  const shardRows = shards.map(({ id, epoch, sequence, prepared, unfinishedOutcomes }) => {
    return [id, epoch, sequence, prepared, unfinishedOutcomes];
  });
  await io.print(table(RANGE_HEAD, ranges.map(rangeCells)) + '\n');
  await io.print(table(['shard', 'epoch', 'sequence', 'prepared', 'unfinished outcomes'], shardRows) + '\n');
}
