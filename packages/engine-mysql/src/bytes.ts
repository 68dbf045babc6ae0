/** The same bytes as a Buffer, without copying. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The same bytes in memory of their own. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.allocUnsafe(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A literal of SQL that means these bytes, whatever the character set. */
export function literalOf(bytes: Uint8Array): string {
  return `X'${asBuffer(bytes).toString('hex')}'`;
}
