import type { Command } from 'commander';
import { bytesField, hexOf, parseBytes } from '../output/bytes-text.js';
import { EXIT } from '../output/errors.js';
import { printJson } from '../output/io.js';
import type { Context } from './context.js';
import { configOption, dataOption, hexOption, jsonOption, type HexOptions } from './options.js';
import { withDatabase } from './with-database.js';

interface GetOptions extends HexOptions {
  readonly raw?: true;
}

const EXAMPLES = `
Exits with 1 when there is no such key.

Examples:
  panda get user/1 --data shop
  panda get picture --raw --data shop > picture.png
  panda get 00ff --hex --data shop`;

export function addGet(program: Command, context: Context): void {
  program
    .command('get')
    .description('Print the value of a key.')
    .argument('<key>')
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(hexOption())
    .option('--raw', 'print the bytes of the value and nothing else, no newline either')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((key: string, options: GetOptions) => get(key, options, context));
}

async function get(text: string, { hex, raw, json, ...choice }: GetOptions, { outcome, io }: Context): Promise<void> {
  const key = parseBytes(text, hex);
  const value = await withDatabase(choice, (database) => database.get(key));
  if (value === undefined) {
    outcome.exitCode = EXIT.failure;
    if (json) await printJson(io, { ok: false, code: 'NotFound', message: 'There is no such key' });
    else io.note(`panda: there is no key '${text}'`);
  } else if (json) {
    await printJson(io, { ok: true, ...bytesField('key', key, hex), ...bytesField('value', value, hex) });
  } else {
    await io.print(hex ? hexOf(value) : value);
    if (!raw) await io.print('\n');
  }
}
