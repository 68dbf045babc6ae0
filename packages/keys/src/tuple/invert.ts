/** Inverts every bit, in place. */
export function invert(bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length; at++) bytes[at]! ^= 0xff;
  return bytes;
}
