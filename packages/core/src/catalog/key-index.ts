import type { Key } from '../keys/index.js';
import { SearchBlock } from './search-block.js';

const LEAF_MAX = 512;
const NODE_MAX = 128;

/** Entries of a piece of the index, with where each begins. */
interface Leaf<T> {
  readonly block: SearchBlock;
  readonly entries: readonly T[];
}

/**
 * Entries by the key that each begins at; the first begins at the empty key. Three levels of blocks, so a look-up among a million is
 * three short searches, and a change makes a few blocks anew.
 */
export class KeyIndex<T> {
  readonly #startOf: (entry: T) => Key;
  #leaves: Leaf<T>[] = [];
  /** Over the first keys of the leaves. */
  #nodes: SearchBlock[] = [];
  /** Over the first keys of the nodes. */
  #root!: SearchBlock;

  constructor(entries: readonly T[], startOf: (entry: T) => Key) {
    this.#startOf = startOf;
    this.#leaves = this.#leavesOf(entries, undefined);
    this.#buildNodes();
  }

  /** The entry that begins at the key or last before it. */
  find(key: Key): T {
    const { block, entries } = this.#leaves[this.#leafOf(key)]!;
    return entries[block.indexOf(key)]!;
  }

  /** Entries from the one that begins at the key, or last before it. */
  *from(key: Key): Generator<T> {
    const first = this.#leafOf(key);
    for (let leaf = first; leaf < this.#leaves.length; leaf++) {
      const { block, entries } = this.#leaves[leaf]!;
      for (let at = leaf === first ? block.indexOf(key) : 0; at < entries.length; at++) yield entries[at]!;
    }
  }

  /** The last entry that begins before the key; the last of all without one. */
  before(key: Key | undefined): T {
    if (key === undefined) return this.#leaves.at(-1)!.entries.at(-1)!;
    const leaf = this.#leafOf(key);
    const { block, entries } = this.#leaves[leaf]!;
    const at = block.indexOf(key);
    if (block.keys[at]! < key || (leaf === 0 && at === 0)) return entries[at]!;
    return at > 0 ? entries[at - 1]! : this.#leaves[leaf - 1]!.entries.at(-1)!;
  }

  /** Puts others for all entries that begin from `start` on and before `end`. */
  replace(start: Key, end: Key | undefined, entries: readonly T[]): void {
    const first = this.#leafOf(start);
    const last = end === undefined ? this.#leaves.length - 1 : this.#leafOf(end);
    const head = this.#leaves[first]!.entries.filter((entry) => this.#startOf(entry) < start);
    const tail = this.#leaves[last]!.entries.filter((entry) => end !== undefined && this.#startOf(entry) >= end);
    const bound = this.#leaves[last + 1]?.block.keys[0];
    const leaves = this.#leavesOf([...head, ...entries, ...tail], bound);
    this.#leaves = [...this.#leaves.slice(0, first), ...leaves, ...this.#leaves.slice(last + 1)];
    this.#buildNodes();
  }

  /** Half full where there are several, so that there is room for splits. */
  #leavesOf(entries: readonly T[], bound: Key | undefined): Leaf<T>[] {
    const size = entries.length <= LEAF_MAX ? LEAF_MAX : LEAF_MAX / 2;
    const leaves: Leaf<T>[] = [];
    for (let at = 0; at < entries.length; at += size) {
      const piece = entries.slice(at, at + size);
      const next = entries[at + size];
      const block = new SearchBlock(piece.map(this.#startOf), next === undefined ? bound : this.#startOf(next));
      leaves.push({ block, entries: piece });
    }
    return leaves;
  }

  #leafOf(key: Key): number {
    const node = this.#root.indexOf(key);
    return node * NODE_MAX + this.#nodes[node]!.indexOf(key);
  }

  #buildNodes(): void {
    const firsts = this.#leaves.map(({ block }) => block.keys[0]!);
    this.#nodes = [];
    for (let at = 0; at < firsts.length; at += NODE_MAX) {
      this.#nodes.push(new SearchBlock(firsts.slice(at, at + NODE_MAX), firsts[at + NODE_MAX]));
    }
    const roots = this.#nodes.map(({ keys }) => keys[0]!);
    this.#root = new SearchBlock(roots, undefined);
  }
}
