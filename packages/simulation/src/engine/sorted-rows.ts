import type { Entry } from '@pandakv/core/engine';

/** An ordered map from byte strings (one character per byte) to bytes. */
export class SortedRows {
  readonly #values = new Map<string, Uint8Array>();
  #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): Uint8Array | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: Uint8Array): void {
    if (!this.#values.has(key)) this.#keys.splice(this.lowerBound(key), 0, key);
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#keys.splice(this.lowerBound(key), 1);
  }

  /** Keys of `[start, end)` in order. */
  keys(start: string, end: string | undefined): string[] {
    return this.#keys.slice(this.lowerBound(start), end === undefined ? undefined : this.lowerBound(end));
  }

  keyAt(index: number): string | undefined {
    return this.#keys[index];
  }

  /** All rows, for whoever inspects a store from outside. */
  entries(start = '', end?: string): Entry[] {
    return this.keys(start, end).map((key) => [Buffer.from(key, 'latin1'), this.#values.get(key)!]);
  }

  /** How many keys lie before this one. */
  lowerBound(key: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
