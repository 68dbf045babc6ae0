/** PostgreSQL's numbers for the types of parameters. */
export const TYPE = Object.freeze({ bytea: 17, int8: 20, text: 25, float4: 700, byteaArray: 1001 });

/** Dimensions, flags, type of the elements, length, lower bound: 4 bytes each. */
const ARRAY_HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/** The binary form of a one-dimensional `bytea[]`: as large as what is in it, where text would be twice as large. */
export function encodeByteaArray(items: readonly Uint8Array[]): Buffer {
  let size = ARRAY_HEADER_BYTES + LENGTH_BYTES * items.length;
  for (const item of items) size += item.length;
  const array = Buffer.allocUnsafe(size);
  array.writeInt32BE(1, 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(TYPE.bytea, 8);
  array.writeInt32BE(items.length, 12);
  array.writeInt32BE(1, 16);
  let offset = ARRAY_HEADER_BYTES;
  for (const item of items) {
    offset = array.writeInt32BE(item.length, offset);
    array.set(item, offset);
    offset += item.length;
  }
  return array;
}

/** @param value a safe integer */
export function encodeInt8(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

export function decodeInt8(bytes: Buffer): number {
  return Number(bytes.readBigInt64BE());
}

export function encodeFloat4(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeFloatBE(value);
  return bytes;
}
