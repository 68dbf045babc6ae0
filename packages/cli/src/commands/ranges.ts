import type { Command } from 'commander';
import { sizeText } from '../output/bytes-size.js';
import { printJson } from '../output/io.js';
import { ACTIVITY_HEAD, ACTIVITY_TEXT, RANGE_HEAD, rangeCells, rangeJson } from '../output/range-text.js';
import { table } from '../output/table.js';
import type { Context } from './context.js';
import { addChoiceOptions, jsonOption, type DataOptions } from './options.js';
import { withDatabase } from './with-database.js';

export function addRanges(program: Command, context: Context): void {
  addChoiceOptions(
    program.command('ranges').description('Print all ranges: which shard serves each, and about how much lies in it.'),
  )
    .addOption(jsonOption())
    .addHelpText('after', `\nRows and bytes are what the engines estimate, rows of earlier versions included. ${ACTIVITY_TEXT}`)
    .action((options: DataOptions) => printRanges(options, context));
}

async function printRanges({ json, ...choice }: DataOptions, { io }: Context): Promise<void> {
  const ranges = await withDatabase(choice, (database) => database.rangeSizes());
  if (json) {
    await printJson(io, {
      ok: true,
      ranges: ranges.map((range) => {
        const { rows, bytes, load, lag } = range;
        return { ...rangeJson(range), rows, bytes, load, lag: lag ?? null };
      }),
    });
    return;
  }
  const rows = ranges.map((range) => [...rangeCells(range), range.rows, sizeText(range.bytes), range.load, range.lag ?? '']);
  await io.print(`${table([...RANGE_HEAD, 'rows', 'bytes', ...ACTIVITY_HEAD], rows)}\n`);
}
