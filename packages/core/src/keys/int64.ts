import { PandaError } from '../errors/index.js';

export const INT64_BYTES = 8;

/** A whole number as a value: 8 bytes, two's complement, little-endian. What `add`, `min` and `max` work on. */
export function int64(value: bigint | number): Uint8Array {
  const bytes = Buffer.alloc(INT64_BYTES);
  bytes.writeBigInt64LE(toInt64(value));
  return bytes;
}

/** The number that a value of {@link int64} holds. */
export function int64Of(bytes: Uint8Array): bigint {
  if (bytes.length !== INT64_BYTES) throw new PandaError('InvalidArgument', 'A 64-bit number has 8 bytes');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readBigInt64LE();
}

/** A user's number, checked. */
export function toInt64(value: unknown): bigint {
  if (typeof value !== 'bigint' && typeof value !== 'number') {
    throw new TypeError(`A 64-bit number must be a bigint or a number, not ${typeof value}`);
  }
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw new PandaError('InvalidArgument', 'A number must be a safe integer; use a bigint for greater ones');
  }
  const whole = BigInt(value);
  if (BigInt.asIntN(64, whole) !== whole) throw new PandaError('InvalidArgument', 'A number must fit 64 bits with its sign');
  return whole;
}
