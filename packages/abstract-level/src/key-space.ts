import { LIMITS, PandaError, prefix as prefixRange, type Bytes, type Range } from '@pandakv/core';

/** Bounds of keys as abstract-level passes them, encoded; `limit` and the rest are not looked at. */
export interface LevelRange {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
}

/** A range whose bounds are bytes. */
export interface KeyRange extends Range {
  readonly start: Uint8Array;
  readonly end: Uint8Array | undefined;
}

/** The keys of one Level database among all keys: all that begin with its prefix. */
export class KeySpace {
  readonly #prefix: Buffer;
  readonly #end: Uint8Array | undefined;

  /** @param prefix at least 1 byte, because Level knows the empty key and Panda does not; and it leaves room for keys. */
  constructor(prefix: Bytes) {
    const { start, end } = prefixRange(prefix);
    this.#prefix = Buffer.from(start as Uint8Array);
    this.#end = end as Uint8Array | undefined;
    if (this.#prefix.length === 0 || this.#prefix.length >= LIMITS.keyBytesMax) {
      throw new PandaError('InvalidArgument', `The prefix of a Level database has 1 to ${LIMITS.keyBytesMax - 1} bytes`);
    }
  }

  toPanda(key: Uint8Array): Uint8Array {
    return Buffer.concat([this.#prefix, key]);
  }

  /** A key of Panda's within the space, without the prefix; not copied. */
  fromPanda(key: Uint8Array): Uint8Array {
    return key.subarray(this.#prefix.length);
  }

  range({ gt, gte, lt, lte }: LevelRange): KeyRange {
    const start = gte !== undefined ? this.toPanda(gte) : gt !== undefined ? this.#after(gt) : this.#prefix;
    const end = lte !== undefined ? this.#after(lte) : lt !== undefined ? this.toPanda(lt) : this.#end;
    return { start, end };
  }

  /** What is left of a range from a key on, in the direction of reading; empty if the key is outside. */
  from(target: Uint8Array, range: KeyRange, reverse: boolean): KeyRange {
    const key = this.toPanda(target);
    const isInside = Buffer.compare(key, range.start) >= 0 && (range.end === undefined || Buffer.compare(key, range.end) < 0);
    if (!isInside) return { start: range.start, end: range.start };
    return reverse ? { start: range.start, end: this.#after(target) } : { start: key, end: range.end };
  }

  /** The first key of Panda's after a key. */
  #after(key: Uint8Array): Uint8Array {
    return Buffer.concat([this.#prefix, key, ZERO]);
  }
}

const ZERO = Buffer.from([0]);
