import type { Command } from 'commander';
import { bytesField, hexOf } from '../output/bytes-text.js';
import { printJson } from '../output/io.js';
import type { Context } from './context.js';
import { configOption, dataOption, hexOption, jsonOption, wholeNumber } from './options.js';
import { addRangeOptions, rangeOf, type RangeOptions } from './range-options.js';
import { withDatabase } from './with-database.js';

interface ScanOptions extends RangeOptions {
  readonly limit?: number;
  readonly reverse?: true;
}

const EXAMPLES = `
Prints a line for each key: the key, a tab, the value. Keys and values of any bytes are told apart with --json or --hex.

Examples:
  panda scan --data shop
  panda scan --prefix user/ --limit 10 --data shop
  panda scan --start a --end n --reverse --data shop
  panda scan --json --data shop | head`;

export function addScan(program: Command, context: Context): void {
  addRangeOptions(program.command('scan').description('Print keys and values in key order, as they are at one moment.'))
    .option('-n, --limit <n>', 'no more than so many', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('-r, --reverse', 'from the last to the first')
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(hexOption())
    .addOption(jsonOption('print a line of JSON for each key; errors too'))
    .addHelpText('after', EXAMPLES)
    .action((options: ScanOptions) => scan(options, context));
}

async function scan(options: ScanOptions, { signal, io }: Context): Promise<void> {
  const { hex, json, limit, reverse } = options;
  const wanted = rangeOf(options);
  await withDatabase(options, async (database) => {
    for await (const [key, value] of database.scan(wanted, { limit, reverse })) {
      signal.throwIfAborted();
      if (json) await printJson(io, { ...bytesField('key', key, hex), ...bytesField('value', value, hex) });
      else
        await io.print(
          hex
            ? `${hexOf(key)}	${hexOf(value)}
`
            : Buffer.concat([key, TAB, value, NEWLINE]),
        );
    }
  });
}

const TAB = Buffer.from('\t');
const NEWLINE = Buffer.from('\n');
