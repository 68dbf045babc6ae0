import { PandaError } from '../errors/index.js';
import type { EngineScanOptions } from './engine.js';
import type { KeyRange } from './key-range.js';
import { SPI_LIMITS } from './limits.js';
import type { WriteBatch } from './write-batch.js';

const { keyBytesMax, valueBytesMax } = SPI_LIMITS;

function checkKey(key: Uint8Array): void {
  if (key instanceof Uint8Array && key.length >= 1 && key.length <= keyBytesMax) return;
  throw new PandaError('InvalidArgument', `A key is 1 to ${keyBytesMax} bytes in a Uint8Array`);
}

function checkValue(value: Uint8Array): void {
  if (value instanceof Uint8Array && value.length <= valueBytesMax) return;
  throw new PandaError('InvalidArgument', `A value is at most ${valueBytesMax} bytes in a Uint8Array`);
}

/**
 * Checks of what an engine is asked, for engines to make before anything changes.
 *
 * @throws PandaError `InvalidArgument`
 */
export function checkKeys(keys: readonly Uint8Array[]): void {
  for (let i = 0; i < keys.length; i++) checkKey(keys[i]!);
}

/**
 * @param batchBytesMax as the engine declares it.
 * @throws PandaError `InvalidArgument`
 */
export function checkBatch({ guard, puts, deletes }: WriteBatch, batchBytesMax: number): void {
  let bytes = 0;
  if (guard !== undefined) {
    checkKey(guard.key);
    checkValue(guard.next);
    bytes += guard.key.length + guard.next.length;
  }
  if (deletes !== undefined) {
    for (const key of deletes) {
      checkKey(key);
      bytes += key.length;
    }
  }
  if (puts !== undefined) {
    for (const [key, value] of puts) {
      checkKey(key);
      checkValue(value);
      bytes += key.length + value.length;
    }
  }
  if (bytes > batchBytesMax) throw new PandaError('InvalidArgument', `A batch is at most ${batchBytesMax} bytes`);
}

/** @throws PandaError `InvalidArgument` */
export function checkScan({ limit, maxBytes }: EngineScanOptions): void {
  if (!(Number.isInteger(limit) || limit === Infinity) || limit < 1) {
    throw new PandaError('InvalidArgument', 'The limit of a page is an integer, at least 1');
  }
  if (!(maxBytes >= 0)) throw new PandaError('InvalidArgument', 'The byte budget of a page is a number, not negative');
}

/** True when no key can lie in the range: its end is its start, or before it. */
export function isEmptyRange({ start, end }: KeyRange): boolean {
  return end !== undefined && Buffer.compare(start, end) >= 0;
}

/** The key right after this one: nothing lies between. */
export function successor(key: Uint8Array): Uint8Array {
  const next = Buffer.allocUnsafe(key.length + 1);
  next.set(key);
  next[key.length] = 0;
  return next;
}

/** What is left of a range behind the last entry of a page. */
export function restAfter(last: Uint8Array, { start, end }: KeyRange, reverse = false): KeyRange {
  if (reverse) return { start, end: last };
  return end === undefined ? { start: successor(last) } : { start: successor(last), end };
}
