import { PandaError } from '@pandakv/core/engine';
import type { Mutation, Range, Snapshot, Transaction } from '@pandakv/core';
import type { Codec } from '../codec/index.js';
import type { Subspace } from '../subspace.js';
import { checkKeyParts, elementsOf, partsOf, type KeyOf, type KeyPart, type KeyStart } from './key-part.js';

/** Where a collection is read: a `Database`, a `Snapshot` or a `Transaction`. */
export type Source = Pick<Snapshot, 'get' | 'getMany' | 'scan'>;

/** Where a collection is written. */
export type Target = Pick<Transaction, 'set' | 'delete' | 'deleteRange'>;

export interface CollectionOptions<Parts extends readonly KeyPart[], In, Out> {
  /** Where its entries lie; nothing else may lie there. */
  readonly subspace: Subspace;
  /** What its keys are made of, one element of a tuple each, such as `['string', 'integer']`. */
  readonly key: Parts;
  readonly value: Codec<In, Out>;
}

export interface CollectionScan<Key extends readonly unknown[]> {
  /** Only keys that begin so. */
  readonly begins?: KeyStart<Key>;
  /** From here on: a key, or how it begins. */
  readonly start?: Key | KeyStart<Key>;
  /** Up to here, and not with it. */
  readonly end?: Key | KeyStart<Key>;
  /** Only keys greater than this one. */
  readonly after?: Key;
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** Entries of one kind: keys of typed parts, which sort part by part, and values of one type. */
export class Collection<const Parts extends readonly KeyPart[], In, Out = In> {
  readonly subspace: Subspace;
  readonly #parts: Parts;
  readonly #codec: Codec<In, Out>;

  constructor({ subspace, key, value }: CollectionOptions<Parts, In, Out>) {
    checkKeyParts(key);
    this.subspace = subspace;
    this.#parts = [...key] as unknown as Parts;
    this.#codec = value;
  }

  async get(source: Source, key: KeyOf<Parts>): Promise<Out | undefined> {
    const packed = this.pack(key);
    return this.#decode(packed, await source.get(packed));
  }

  /** Values at one moment, in the order asked. */
  async getMany(source: Source, keys: readonly KeyOf<Parts>[]): Promise<(Out | undefined)[]> {
    const packed = keys.map((key) => this.pack(key));
    const values = await source.getMany(packed);
    return values.map((value, at) => this.#decode(packed[at]!, value));
  }

  /** Keys and values in key order, fetched page by page as they are taken. */
  async *scan(source: Source, options: CollectionScan<KeyOf<Parts>> = {}): AsyncGenerator<[KeyOf<Parts>, Out], void, undefined> {
    const { reverse = false, limit } = options;
    const range = this.#rangeOf(options);
    for await (const [key, value] of source.scan(range, limit === undefined ? { reverse } : { reverse, limit })) {
      yield [this.unpack(key), this.#decode(key, value) as Out];
    }
  }

  set(target: Target, key: KeyOf<Parts>, value: In): void {
    target.set(this.pack(key), this.#codec.encode(value));
  }

  delete(target: Target, key: KeyOf<Parts>): void {
    target.delete(this.pack(key));
  }

  /** Deletes all entries, or those whose keys begin so. */
  clear(target: Target, begins?: KeyStart<KeyOf<Parts>>): void {
    target.deleteRange(this.range(begins));
  }

  /** For `Database.write`. */
  setting(key: KeyOf<Parts>, value: In): Mutation {
    return { type: 'set', key: this.pack(key), value: this.#codec.encode(value) };
  }

  /** For `Database.write`. */
  deleting(key: KeyOf<Parts>): Mutation {
    return { type: 'delete', key: this.pack(key) };
  }

  /** All keys, or those that begin so. */
  range(begins?: KeyStart<KeyOf<Parts>>): Range {
    const parts: readonly unknown[] = begins ?? [];
    if (parts.length >= this.#parts.length) throw new TypeError('A key begins with some of its parts, not all');
    return this.subspace.range(elementsOf(this.#parts, parts));
  }

  /** The bytes of a key. */
  pack(key: KeyOf<Parts>): Uint8Array {
    const parts: readonly unknown[] = key;
    if (!Array.isArray(parts) || parts.length !== this.#parts.length) {
      throw new TypeError(`A key of the collection has the parts ${this.#parts.join(', ')}`);
    }
    return this.subspace.pack(elementsOf(this.#parts, parts));
  }

  /** The key of bytes; `InvalidArgument` if they are not a key of the collection. */
  unpack(key: Uint8Array): KeyOf<Parts> {
    return partsOf(this.#parts, this.subspace.unpack(key)) as unknown as KeyOf<Parts>;
  }

  #rangeOf({ begins, start, end, after }: CollectionScan<KeyOf<Parts>>): Range {
    const whole = this.range(begins) as { readonly start: Uint8Array; readonly end: Uint8Array };
    const starts = [whole.start];
    if (start !== undefined) starts.push(this.#bound(start));
    if (after !== undefined) starts.push(Buffer.concat([this.pack(after), ZERO]));
    const ends = end === undefined ? [whole.end] : [whole.end, this.#bound(end)];
    return { start: starts.sort(inOrder).at(-1), end: ends.sort(inOrder)[0] };
  }

  #bound(key: readonly unknown[]): Uint8Array {
    if (key.length > this.#parts.length) throw new TypeError(`A key of the collection has the parts ${this.#parts.join(', ')}`);
    return this.subspace.pack(elementsOf(this.#parts, key));
  }

  /** An error in reading a value names the key. */
  #decode(key: Uint8Array, value: Uint8Array | undefined): Out | undefined {
    if (value === undefined) return undefined;
    try {
      return this.#codec.decode(value);
    } catch (error) {
      if (!PandaError.is(error, 'InvalidArgument')) throw error;
      throw new PandaError(error.code, error.message, { key: Buffer.from(key).toString('hex'), cause: error.cause });
    }
  }
}

const inOrder = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b);

const ZERO = Buffer.from([0]);
