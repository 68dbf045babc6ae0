import type { MoveRecord } from '../catalog/index.js';
import { PandaError } from '../errors/index.js';
import type { MoveOptions } from '../rebalance/index.js';
import { rangeInfo, type RangeInfo } from './range-info.js';

/** A move that has not ended. */
export interface MoveInfo {
  /** The range as it is at the shard that serves it. */
  readonly range: RangeInfo;
  readonly to: string;
}

export function moveInfo({ range, start, end, epoch, from, to }: MoveRecord): MoveInfo {
  return { range: rangeInfo({ id: range, start, end, epoch, shard: from }), to };
}

/** A user's options, checked. */
export function checkMoveOptions(options: MoveOptions): MoveOptions {
  for (const name of ['bytesPerSecond', 'pauseBudgetMs'] as const) {
    const value = options[name];
    if (value === undefined || (typeof value === 'number' && value > 0)) continue;
    throw new PandaError('InvalidArgument', `${name} must be a positive number`);
  }
  return options;
}
