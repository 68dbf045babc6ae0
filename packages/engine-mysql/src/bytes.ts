/** The same bytes as a Buffer, without copying. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The driver hands out slices of what it read from the socket: a small value would keep all of that in memory. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A literal of SQL that means these bytes, whatever the character set. */
export function literalOf(bytes: Uint8Array): string {
  return `X'${asBuffer(bytes).toString('hex')}'`;
}
