import { LIMITS, PandaError } from '@pandakv/core';
import type { Command } from 'commander';
import { parseBytes } from '../output/bytes-text.js';
import { printJson } from '../output/io.js';
import type { Context } from './context.js';
import { configOption, dataOption, hexOption, jsonOption, type HexOptions } from './options.js';
import { withDatabase } from './with-database.js';

const EXAMPLES = `
Examples:
  panda set user/1 Ada --data shop
  panda set picture - --data shop < picture.png
  panda set 00ff cafe --hex --data shop
  panda set --data shop -- balance -5           a value that begins with a dash`;

export function addSet(program: Command, context: Context): void {
  program
    .command('set')
    .description('Set a key to a value.')
    .argument('<key>')
    .argument('<value>', "the value; '-' reads it from standard input")
    .addOption(dataOption())
    .addOption(configOption())
    .addOption(hexOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action((key: string, value: string, options: HexOptions) => set(key, value, options, context));
}

async function set(keyText: string, valueText: string, { hex, json, ...choice }: HexOptions, context: Context): Promise<void> {
  const key = parseBytes(keyText, hex);
  const value = valueText === '-' ? await valueFromInput(context, hex) : parseBytes(valueText, hex);
  const committedAt = await withDatabase(choice, (database) => database.write([{ type: 'set', key, value }]));
  if (json) await printJson(context.io, { ok: true, committedAt });
}

/** Reads no more than a value may hold. */
async function valueFromInput({ io, signal }: Context, isHex = false): Promise<Uint8Array> {
  // With hex, the text may end in a newline.
  const bytesMax = isHex ? 2 * LIMITS.valueBytesMax + 2 : LIMITS.valueBytesMax;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of io.input(signal)) {
    chunks.push(chunk);
    if ((bytes += chunk.length) > bytesMax) {
      throw new PandaError('ValueTooLarge', `A value is over the limit of ${LIMITS.valueBytesMax} bytes`);
    }
  }
  signal.throwIfAborted();
  const all = Buffer.concat(chunks);
  return isHex ? parseBytes(all.toString('latin1').trim(), true) : all;
}
