import { PandaError, prefix, range, type Range } from '@pandakv/core';
import type { Command } from 'commander';
import { parseBytes } from '../output/bytes-text.js';
import type { HexOptions } from './options.js';

export interface RangeOptions extends HexOptions {
  readonly prefix?: string;
  readonly start?: string;
  readonly end?: string;
}

/** Says which keys are meant. */
export function addRangeOptions(command: Command): Command {
  return command
    .option('-p, --prefix <key>', 'only keys that begin so')
    .option('--start <key>', 'from this key on')
    .option('--end <key>', 'up to this key, without it');
}

export function rangeOf({ prefix: common, start, end, hex }: RangeOptions): Range {
  if (common === undefined) {
    const bound = (text: string | undefined) => (text === undefined ? undefined : parseBytes(text, hex));
    return range(bound(start), bound(end));
  }
  if (start !== undefined || end !== undefined) {
    throw new PandaError('InvalidArgument', '--prefix does not go with --start and --end');
  }
  return prefix(parseBytes(common, hex));
}
