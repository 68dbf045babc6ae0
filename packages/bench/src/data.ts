import { randomFillSync } from 'node:crypto';

export const VALUE_BYTES = 100;

const NOISE_BYTES = 65_536;
const noise = randomFillSync(Buffer.allocUnsafe(NOISE_BYTES + VALUE_BYTES));

/** 100 bytes that do not compress, another 100 for every number. A new buffer every time. */
export function valueOf(number: number): Buffer {
  const value = Buffer.allocUnsafe(VALUE_BYTES);
  const from = (number * 61) % NOISE_BYTES;
  value.set(noise.subarray(from, from + VALUE_BYTES));
  value.writeDoubleBE(number, 0);
  return value;
}

/** Keys of 12 bytes and a prefix, in order, ready to be passed. */
export function keysOf(count: number, prefix = 'key:'): Buffer[] {
  return Array.from({ length: count }, (_, index) => Buffer.from(prefix + String(index).padStart(12, '0')));
}

/** A keyspace that is written over and over, each write with another value, and what each key holds. */
export class Keyspace {
  readonly keys: readonly Buffer[];
  readonly #held: Float64Array;
  #writes = 0;

  constructor(keys: readonly Buffer[]) {
    this.keys = keys;
    this.#held = new Float64Array(keys.length).fill(-1);
  }

  /** The next key in turn with a new value, noted as what it holds from now on. */
  nextWrite(): { key: Buffer; value: Buffer } {
    const number = this.#writes++;
    const index = number % this.keys.length;
    this.#held[index] = number;
    return { key: this.keys[index]!, value: valueOf(number) };
  }

  /** Reads a sample of the keys back, and fails unless each holds what was last written. */
  async verify(side: string, get: (key: Buffer) => Promise<Uint8Array | undefined>): Promise<void> {
    const step = Math.max(1, Math.floor(this.keys.length / 200));
    for (let index = 0; index < this.keys.length; index += step) {
      const number = this.#held[index]!;
      const found = await get(this.keys[index]!);
      const isRight = number < 0 ? found === undefined : found !== undefined && valueOf(number).equals(found);
      if (!isRight) throw new Error(`${side}: key ${this.keys[index]!.toString()} does not hold what was written last`);
    }
  }
}
