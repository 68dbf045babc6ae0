export const TWO_32 = 4_294_967_296;

/** Writes a safe integer as 8 bytes, most significant first. */
export function writeUint53(target: Buffer, value: number, offset: number): void {
  target.writeUInt32BE(Math.floor(value / TWO_32), offset);
  target.writeUInt32BE(value >>> 0, offset + 4);
}

export function readUint53(source: Buffer, offset: number): number {
  return source.readUInt32BE(offset) * TWO_32 + source.readUInt32BE(offset + 4);
}

/** The same 8 bytes as part of a row's key: keys sort as the numbers do. */
export function uint53Key(value: number): string {
  const high = Math.floor(value / TWO_32);
  const low = value >>> 0;
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  );
}

export function uint53OfKey(key: string, offset: number): number {
  let value = 0;
  for (let i = offset; i < offset + 8; i++) value = value * 256 + key.charCodeAt(i);
  return value;
}
