import type { Entry } from '@pandakv/core/engine';
import { lowerBound } from '../kernel/lower-bound.js';

/**
 * An ordered map from byte strings (one character per byte) to bytes. What it hands out is its own: nobody may write to it, as nobody may
 * in core to what an engine has answered.
 */
export class SortedRows {
  readonly #entries = new Map<string, Entry>();
  #keys: string[] = [];

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): Uint8Array | undefined {
    return this.#entries.get(key)?.[1];
  }

  set(key: string, value: Uint8Array): void {
    const before = this.#entries.get(key);
    if (before === undefined) this.#keys.splice(this.lowerBound(key), 0, key);
    this.#entries.set(key, [before?.[0] ?? Buffer.from(key, 'latin1'), value]);
  }

  delete(key: string): void {
    if (this.#entries.delete(key)) this.#keys.splice(this.lowerBound(key), 1);
  }

  /** Keys of `[start, end)` in order. */
  keys(start: string, end: string | undefined): string[] {
    return this.#keys.slice(this.lowerBound(start), end === undefined ? undefined : this.lowerBound(end));
  }

  entryAt(index: number): Entry | undefined {
    const key = this.#keys[index];
    return key === undefined ? undefined : this.#entries.get(key);
  }

  /** All rows, for whoever inspects a store from outside. */
  entries(start = '', end?: string): Entry[] {
    return this.keys(start, end).map((key) => this.#entries.get(key)!);
  }

  /** How many keys lie before this one. */
  lowerBound(key: string): number {
    return lowerBound(this.#keys, key);
  }
}
