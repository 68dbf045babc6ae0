import type { Key } from '../keys/index.js';

/** Bytes of a key that are compared as one number: as many as a safe integer holds. */
const NUMBER_BYTES = 6;

/**
 * Some sorted keys, to be searched quickly for a key between the first and a bound. All of that begins alike; where that ends, the
 * next bytes of each key are kept as a number. So a search steps through one small array of numbers, and compares strings only where
 * these bytes tie.
 */
export class SearchBlock {
  readonly keys: readonly Key[];
  /** How many bytes all keys from the first to the bound begin with alike. */
  readonly #skipped: number;
  readonly #numbers: Float64Array;

  /** @param bound nothing from here on is searched for; undefined is the end of the keyspace. */
  constructor(keys: readonly Key[], bound: Key | undefined) {
    this.keys = keys;
    this.#skipped = bound === undefined ? 0 : commonLength(keys[0]!, bound);
    this.#numbers = new Float64Array(keys.length);
    for (let at = 0; at < keys.length; at++) this.#numbers[at] = numberAt(keys[at]!, this.#skipped);
  }

  /** The place of the last key that is not greater than `key`. */
  indexOf(key: Key): number {
    const numbers = this.#numbers;
    const number = numberAt(key, this.#skipped);
    let low = 0;
    let high = numbers.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (numbers[middle]! <= number) low = middle;
      else high = middle - 1;
    }
    return numbers[low] === number && this.keys[low]! > key ? this.#amongTies(key, number, low) : low;
  }

  #amongTies(key: Key, number: number, lastTie: number): number {
    let low = 0;
    let high = lastTie - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#numbers[middle]! < number || this.keys[middle]! <= key) low = middle;
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

function numberAt(key: Key, from: number): number {
  const end = from + NUMBER_BYTES;
  let number = 0;
  let at = from;
  for (const stop = Math.min(end, key.length); at < stop; at++) number = number * 256 + key.charCodeAt(at);
  for (; at < end; at++) number *= 256;
  return number;
}
