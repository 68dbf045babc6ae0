import { isEmptyRange, type Entry, type KeyRange } from '@pandakv/core/engine';

/** The rows of a store, in the unsigned order of the bytes of their keys. */
export class SortedRows {
  private readonly rows: Entry[] = [];

  get(key: Uint8Array): Uint8Array | undefined {
    const row = this.rows[this.indexOf(key)];
    return row !== undefined && Buffer.compare(row[0], key) === 0 ? row[1] : undefined;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const at = this.indexOf(key);
    const row = this.rows[at];
    this.rows.splice(at, row !== undefined && Buffer.compare(row[0], key) === 0 ? 1 : 0, [key, value]);
  }

  delete(key: Uint8Array): void {
    if (this.get(key) !== undefined) this.rows.splice(this.indexOf(key), 1);
  }

  range(range: KeyRange): Entry[] {
    return this.rows.slice(...this.bounds(range));
  }

  deleteRange(range: KeyRange): void {
    const [from, to] = this.bounds(range);
    this.rows.splice(from, to - from);
  }

  private bounds(range: KeyRange): [from: number, to: number] {
    if (isEmptyRange(range)) return [0, 0];
    return [this.indexOf(range.start), range.end === undefined ? this.rows.length : this.indexOf(range.end)];
  }

  /** Of the first row that is not before the key. */
  private indexOf(key: Uint8Array): number {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (Buffer.compare(this.rows[middle]![0], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
