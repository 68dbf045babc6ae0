import type { Database } from '@pandakv/core';
import type { Command } from 'commander';
import { parseBytes } from '../output/bytes-text.js';
import { printJson } from '../output/io.js';
import { rangeJson } from '../output/range-text.js';
import type { Context } from './context.js';
import { addChoiceOptions, hexOption, jsonOption, type HexOptions } from './options.js';
import { withDatabase } from './with-database.js';

/** `split` and `merge`: the map of ranges changes, and no row moves. */
export function addSplit(program: Command, context: Context): void {
  addKeyCommand(program, context, 'split', 'Divide the range that holds a key, so that one begins there.');
}

export function addMerge(program: Command, context: Context): void {
  addKeyCommand(program, context, 'merge', 'Join the range that begins at a key to the one before it, on the same shard.');
}

function addKeyCommand(program: Command, context: Context, verb: 'split' | 'merge', description: string): void {
  addChoiceOptions(program.command(verb).description(description).argument('<key>', 'the key'))
    .addOption(hexOption())
    .addOption(jsonOption())
    .addHelpText('after', `\nExamples:\n  panda ${verb} user/ --data shop`)
    .action((key: string, options: HexOptions) => change(key, options, context, (database, bytes) => database[verb](bytes)));
}

async function change(
  key: string,
  { json, hex, ...choice }: HexOptions,
  { io }: Context,
  work: (database: Database, key: Uint8Array) => Promise<void>,
): Promise<void> {
  const ranges = await withDatabase(choice, async (database) => {
    await work(database, parseBytes(key, hex));
    return database.ranges();
  });
  if (json) await printJson(io, { ok: true, ranges: ranges.map(rangeJson) });
  else await io.print(`There are ${ranges.length} ranges now.\n`);
}
