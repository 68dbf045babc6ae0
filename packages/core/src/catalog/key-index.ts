import type { Key } from '../keys/index.js';
import { SearchBlock } from './search-block.js';

const LEAF_MAX = 512;
const NODE_MAX = 128;

/**
 * Entries by the key that each begins at; the first begins at the empty key. Three levels of blocks, so a look-up among a million is
 * three short searches, and a change makes a few blocks anew.
 */
export class KeyIndex<T> {
  readonly #startOf: (entry: T) => Key;
  #leaves: SearchBlock<T>[] = [];
  #root!: SearchBlock<SearchBlock<SearchBlock<T>>>;

  constructor(entries: readonly T[], startOf: (entry: T) => Key) {
    this.#startOf = startOf;
    this.#leaves = this.#leavesOf(entries, undefined);
    this.#buildNodes();
  }

  /** The entry that begins at the key or last before it. */
  find(key: Key): T {
    const nodes = this.#root;
    const leaves = nodes.entries[nodes.indexOf(key)]!;
    const leaf = leaves.entries[leaves.indexOf(key)]!;
    return leaf.entries[leaf.indexOf(key)]!;
  }

  /** Entries from the one that begins at the key, or last before it. */
  *from(key: Key): Generator<T> {
    const first = this.#leafOf(key);
    for (let at = first; at < this.#leaves.length; at++) {
      const leaf = this.#leaves[at]!;
      for (let place = at === first ? leaf.indexOf(key) : 0; place < leaf.entries.length; place++) yield leaf.entries[place]!;
    }
  }

  /** The last entry that begins before the key; the last of all without one. */
  before(key: Key | undefined): T {
    if (key === undefined) return this.#leaves.at(-1)!.entries.at(-1)!;
    const place = this.#leafOf(key);
    const leaf = this.#leaves[place]!;
    const at = leaf.indexOf(key);
    if (leaf.startAt(at) < key || (place === 0 && at === 0)) return leaf.entries[at]!;
    return at > 0 ? leaf.entries[at - 1]! : this.#leaves[place - 1]!.entries.at(-1)!;
  }

  /** Puts others for all entries that begin from `start` on and before `end`. */
  replace(start: Key, end: Key | undefined, entries: readonly T[]): void {
    const first = this.#leafOf(start);
    const last = end === undefined ? this.#leaves.length - 1 : this.#leafOf(end);
    const head = this.#leaves[first]!.entries.filter((entry) => this.#startOf(entry) < start);
    const tail = this.#leaves[last]!.entries.filter((entry) => end !== undefined && this.#startOf(entry) >= end);
    const bound = this.#leaves[last + 1]?.start;
    const leaves = this.#leavesOf([...head, ...entries, ...tail], bound);
    this.#leaves = [...this.#leaves.slice(0, first), ...leaves, ...this.#leaves.slice(last + 1)];
    this.#buildNodes();
  }

  /** Half full where there are several, so that there is room for splits. */
  #leavesOf(entries: readonly T[], bound: Key | undefined): SearchBlock<T>[] {
    return blocksOf(entries, entries.length <= LEAF_MAX ? LEAF_MAX : LEAF_MAX / 2, this.#startOf, bound);
  }

  #leafOf(key: Key): number {
    const node = this.#root.indexOf(key);
    return node * NODE_MAX + this.#root.entries[node]!.indexOf(key);
  }

  #buildNodes(): void {
    const nodes = blocksOf(this.#leaves, NODE_MAX, ({ start }) => start, undefined);
    this.#root = new SearchBlock(nodes, ({ start }) => start, undefined);
  }
}

function blocksOf<T>(entries: readonly T[], size: number, startOf: (entry: T) => Key, bound: Key | undefined): SearchBlock<T>[] {
  const blocks: SearchBlock<T>[] = [];
  for (let at = 0; at < entries.length; at += size) {
    const next = entries[at + size];
    blocks.push(new SearchBlock(entries.slice(at, at + size), startOf, next === undefined ? bound : startOf(next)));
  }
  return blocks;
}
