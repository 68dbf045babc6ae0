import { isEmptyRange, type Entry, type KeyRange } from '@pandakv/core/engine';

export type Compare = (a: Uint8Array, b: Uint8Array) => number;

/** Entries in the order of a comparison, which may be a wrong one. */
export class SortedRows {
  private readonly entries: Entry[] = [];

  constructor(private readonly compare: Compare) {}

  get size(): number {
    return this.entries.length;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const at = this.indexOf(key);
    const found = this.entries[at];
    return found !== undefined && this.compare(found[0], key) === 0 ? found[1] : undefined;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const at = this.indexOf(key);
    const found = this.entries[at];
    this.entries.splice(at, found !== undefined && this.compare(found[0], key) === 0 ? 1 : 0, [key, value]);
  }

  delete(key: Uint8Array): void {
    const at = this.indexOf(key);
    const found = this.entries[at];
    if (found !== undefined && this.compare(found[0], key) === 0) this.entries.splice(at, 1);
  }

  range(range: KeyRange): Entry[] {
    if (isEmptyRange(range)) return [];
    return this.entries.slice(this.indexOf(range.start), range.end === undefined ? undefined : this.indexOf(range.end));
  }

  deleteRange(range: KeyRange): void {
    for (const [key] of this.range(range)) this.delete(key);
  }

  /** Of the first entry that is not before the key. */
  private indexOf(key: Uint8Array): number {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.entries[middle]![0], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
