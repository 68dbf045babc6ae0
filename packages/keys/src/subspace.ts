import { PandaError } from '@pandakv/core/engine';
import type { Range } from '@pandakv/core';
import { pack, packAfter, packIncomplete, unpack, type IncompleteKey, type Tuple } from './tuple/index.js';

/** The keys of tuples that begin alike. Compatible with FoundationDB's subspaces. */
export class Subspace {
  readonly #start: Uint8Array;

  /**
   * @param tuple what all tuples begin with
   * @param start bytes before it, for keys that share the keyspace with others that are not tuples
   */
  constructor(tuple: Tuple = [], start: Uint8Array = new Uint8Array(0)) {
    this.#start = Buffer.concat([start, pack(tuple)]);
  }

  /** A copy of the bytes that all keys begin with. */
  get start(): Uint8Array {
    return new Uint8Array(this.#start);
  }

  /** The subspace of tuples that go on with these elements. */
  at(...tuple: Tuple): Subspace {
    return new Subspace([], this.pack(tuple));
  }

  /** The key of a tuple. */
  pack(tuple: Tuple = []): Uint8Array {
    return packAfter(this.#start, tuple);
  }

  /** The same for a tuple with an incomplete versionstamp. */
  packIncomplete(tuple: Tuple): IncompleteKey {
    return packIncomplete(tuple, this.#start);
  }

  /** The tuple of a key; `InvalidArgument` if the key is not of this subspace. */
  unpack(key: Uint8Array): Tuple {
    if (!this.contains(key)) throw new PandaError('InvalidArgument', 'The key does not belong to the subspace');
    return unpack(key.subarray(this.#start.length));
  }

  contains(key: Uint8Array): boolean {
    if (!(key instanceof Uint8Array)) throw new TypeError('A key is a Uint8Array');
    return key.length >= this.#start.length && Buffer.compare(key.subarray(0, this.#start.length), this.#start) === 0;
  }

  /** The keys of all tuples that begin with `tuple` and go on. */
  range(tuple: Tuple = []): Range {
    const key = this.pack(tuple);
    return { start: Buffer.concat([key, FIRST]), end: Buffer.concat([key, AFTER_LAST]) };
  }
}

/** No element's type code is less than the first, nor as great as the second. */
const FIRST = Buffer.from([0x00]);
const AFTER_LAST = Buffer.from([0xff]);
