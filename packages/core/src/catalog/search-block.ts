import type { Key } from '../keys/index.js';

/** Bytes of a key that are compared as one number, which stays a safe integer with the digit that tells how long the rest is. */
const NUMBER_BYTES = 6;
const HALF = 2 ** 24;
/** The last digit of a number: how many bytes are left of the key, or this for more than the number has. */
const MORE = NUMBER_BYTES + 1;
const LENGTHS = 8;
/** By how many bytes are left of a key: what its number is multiplied with, as if zeros followed. */
const SCALES = Array.from({ length: NUMBER_BYTES }, (_, left) => 256 ** (NUMBER_BYTES - left) * LENGTHS);

/** Less than the number of any key, and no integer: so that the array is one of doubles whatever the keys are. */
const FIRST = -0.5;

/**
 * Some entries in the order of the keys that they begin at, to be searched quickly for a key between the first and a bound. All keys
 * but the first begin alike; where that ends, the next bytes of each are kept as a number. So a search steps through one small array
 * of numbers, and compares strings only where keys tie that are longer. Few objects on the way: each that is not in the processor's
 * cache costs as much as the search.
 */
export class SearchBlock<T> {
  readonly entries: readonly T[];
  readonly #startOf: (entry: T) => Key;
  /** How many bytes all that is searched for begins with alike. */
  readonly #shared: number;
  /** What all keys but the first go on with. */
  readonly #prefix: Key;
  readonly #numbers: readonly number[];

  /** @param bound nothing from here on is searched for; undefined is the end of the keyspace. */
  constructor(entries: readonly T[], startOf: (entry: T) => Key, bound: Key | undefined) {
    this.entries = entries;
    this.#startOf = startOf;
    const keys = entries.map(startOf);
    this.#shared = bound === undefined ? 0 : commonLength(keys[0]!, bound);
    const second = keys[1] ?? '';
    const skipped = Math.max(this.#shared, commonLength(second, keys.at(-1)!));
    this.#prefix = second.slice(this.#shared, skipped);
    this.#numbers = keys.map((key, at) => (at === 0 ? FIRST : numberAt(key, skipped)));
  }

  get start(): Key {
    return this.startAt(0);
  }

  /** The key that an entry begins at. */
  startAt(at: number): Key {
    return this.#startOf(this.entries[at]!);
  }

  /** The place of the last entry that does not begin after `key`. */
  indexOf(key: Key): number {
    const numbers = this.#numbers;
    let high = numbers.length - 1;
    const prefix = this.#prefix;
    let from = this.#shared;
    for (let at = 0; at < prefix.length; at++, from++) {
      if (from === key.length) return 0;
      const difference = key.charCodeAt(from) - prefix.charCodeAt(at);
      if (difference !== 0) return difference < 0 ? 0 : high;
    }
    const number = numberAt(key, from);
    let low = 0;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (numbers[middle]! <= number) low = middle;
      else high = middle - 1;
    }
    const isTie = numbers[low] === number && key.length > from + NUMBER_BYTES;
    return isTie && this.startAt(low) > key ? this.#amongTies(key, number, low) : low;
  }

  #amongTies(key: Key, number: number, lastTie: number): number {
    let low = 0;
    let high = lastTie - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#numbers[middle]! < number || this.startAt(middle) <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function commonLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

/** Numbers are in the order of keys; where they are equal and end with less than `MORE`, so are the keys. */
function numberAt(key: Key, from: number): number {
  const left = key.length - from;
  if (left >= NUMBER_BYTES) {
    const high = (key.charCodeAt(from) << 16) | (key.charCodeAt(from + 1) << 8) | key.charCodeAt(from + 2);
    const low = (key.charCodeAt(from + 3) << 16) | (key.charCodeAt(from + 4) << 8) | key.charCodeAt(from + 5);
    return (high * HALF + low) * LENGTHS + (left > NUMBER_BYTES ? MORE : NUMBER_BYTES);
  }
  let number = 0;
  for (let at = from; at < key.length; at++) number = number * 256 + key.charCodeAt(at);
  return number * SCALES[left]! + left;
}
