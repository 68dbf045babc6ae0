import { invert } from './invert.js';

/**
 * IEEE 754 bytes, made to sort as unsigned bytes: a negative number is inverted whole, so that the greater magnitude comes first; of
 * another, the sign bit alone. Either way the first bit then tells the sign.
 */
export function toOrdered(bytes: Buffer): Buffer {
  if (bytes[0]! >= 0x80) return invert(bytes);
  bytes[0]! ^= 0x80;
  return bytes;
}

/** The reverse of {@link toOrdered}. */
export function fromOrdered(bytes: Buffer): Buffer {
  if (bytes[0]! < 0x80) return invert(bytes);
  bytes[0]! ^= 0x80;
  return bytes;
}

export function floatBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeFloatBE(canonical(value));
  return toOrdered(bytes);
}

export function doubleBytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleBE(canonical(value));
  return toOrdered(bytes);
}

/** NaN has many encodings; which one a number holds is up to the machine. This one sorts last. */
function canonical(value: number): number {
  return Number.isNaN(value) ? NaN : value;
}
