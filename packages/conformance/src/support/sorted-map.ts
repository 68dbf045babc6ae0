import type { Entry, KeyRange, WriteBatch } from '@pandakv/core/engine';
import { byKey, equalBytes } from './bytes.js';

const textOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');

/** What an engine should be: the contract in memory, as simple as can be. Keys are held as text of one character per byte. */
export class SortedMap {
  private readonly rows = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.rows.get(textOf(key));
  }

  /** In order. */
  entries({ start, end }: KeyRange): Entry[] {
    const [from, to] = [textOf(start), end === undefined ? undefined : textOf(end)];
    const inside = [...this.rows].filter(([key]) => key >= from && (to === undefined || key < to));
    return inside.map(([key, value]): Entry => [Buffer.from(key, 'latin1'), value]).sort(byKey);
  }

  /** False, and nothing changes, where the guard does not hold. */
  write({ guard, puts = [], deletes = [], deleteRanges = [] }: WriteBatch): boolean {
    if (guard !== undefined && !equalBytes(this.get(guard.key), guard.expected)) return false;
    for (const range of deleteRanges) for (const [key] of this.entries(range)) this.rows.delete(textOf(key));
    for (const key of deletes) this.rows.delete(textOf(key));
    for (const [key, value] of puts) this.rows.set(textOf(key), value);
    if (guard !== undefined) this.rows.set(textOf(guard.key), guard.next);
    return true;
  }
}
