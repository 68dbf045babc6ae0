import type { Snapshot } from '@pandakv/core';
import { AbstractIterator, type AbstractLevel } from 'abstract-level';
import { AbortError } from './abort-error.js';
import type { KeyRange, KeySpace, LevelRange } from './key-space.js';

/** What abstract-level passes on from the options of `iterator()`. */
export interface IteratorOptions extends LevelRange {
  readonly reverse: boolean;
  /** -1 for none. */
  readonly limit: number;
  readonly signal?: AbortSignal | undefined;
}

type LevelEntry = [key: Uint8Array, value: Uint8Array];
type Scan = ReturnType<Snapshot['scan']>;

/** Reads entries of one snapshot, page by page as they are asked for. */
export class PandaIterator<K, V> extends AbstractIterator<AbstractLevel<Uint8Array, K, V>, K, V> {
  readonly #snapshot: Snapshot;
  readonly #space: KeySpace;
  readonly #options: IteratorOptions;
  readonly #whole: KeyRange;
  /** What is to be read when there is no scan yet. */
  #rest: KeyRange;
  #scan: Scan | undefined;

  constructor(level: AbstractLevel<Uint8Array, K, V>, snapshot: Snapshot, space: KeySpace, options: IteratorOptions) {
    // These are the encoded options; what the declarations have in mind are those of the user.
    super(level, options as object);
    this.#snapshot = snapshot;
    this.#space = space;
    this.#options = options;
    this.#whole = space.range(options);
    this.#rest = this.#whole;
  }

  async _next(): Promise<LevelEntry | undefined> {
    const { done, value } = await this.#scanning().next();
    this.#checkSignal();
    return done === true ? undefined : this.#entry(value);
  }

  async _nextv(size: number): Promise<LevelEntry[]> {
    const scan = this.#scanning();
    const entries: LevelEntry[] = [];
    while (entries.length < size) {
      const { done, value } = await scan.next();
      this.#checkSignal();
      if (done === true) break;
      entries.push(this.#entry(value));
    }
    return entries;
  }

  _seek(target: Uint8Array): void {
    this.#rest = this.#space.from(target, this.#whole, this.#options.reverse);
    // What goes wrong in a scan that nobody reads any more concerns nobody.
    this.#scan?.return().catch(() => undefined);
    this.#scan = undefined;
  }

  async _close(): Promise<void> {
    await this.#scan?.return();
  }

  #scanning(): Scan {
    const { reverse } = this.#options;
    const left = this.limit - this.count;
    this.#scan ??= this.#snapshot.scan(this.#rest, left === Infinity ? { reverse } : { reverse, limit: left });
    return this.#scan;
  }

  #entry([key, value]: readonly [Uint8Array, Uint8Array]): LevelEntry {
    return [this.#space.fromPanda(key), value];
  }

  #checkSignal(): void {
    const { signal } = this.#options;
    if (signal?.aborted === true) throw new AbortError(signal.reason);
  }
}
