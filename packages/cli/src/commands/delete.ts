import type { Command } from 'commander';
import { parseBytes } from '../output/bytes-text.js';
import { printJson } from '../output/io.js';
import type { Context } from './context.js';
import { configOption, dataOption, hexOption, jsonOption, type HexOptions } from './options.js';
import { withDatabase } from './with-database.js';

const EXAMPLES = `
Deleting a key that is not there is no failure; with --json, 'deleted' tells.

Examples:
  panda delete user/1 --data shop`;

export function addDelete(program: Command, context: Context): void {
  program
    .command('delete')
    .description('Delete a key.')
    .argument('<key>')
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(hexOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((key: string, options: HexOptions) => deleteKey(key, options, context));
}

async function deleteKey(text: string, { hex, json, ...choice }: HexOptions, { io }: Context): Promise<void> {
  const key = parseBytes(text, hex);
  const deleted = await withDatabase(choice, (database) =>
    database.transact(async (transaction) => {
      const isThere = (await transaction.get(key)) !== undefined;
      if (isThere) transaction.delete(key);
      return isThere;
    }),
  );
  if (json) await printJson(io, { ok: true, deleted });
}
