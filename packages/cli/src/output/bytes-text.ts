import { PandaError } from '@pandakv/core';
import { isUtf8 } from 'node:buffer';

/** What the user typed as a key or a value. */
export function parseBytes(text: string, isHex = false): Uint8Array {
  if (!isHex) return Buffer.from(text, 'utf8');
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new PandaError('InvalidArgument', `'${text}' is not hex digits in pairs`);
  return Buffer.from(text, 'hex');
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Bytes as a field of a JSON object: `name` with text, or `nameHex` where hex is asked for or the bytes are not UTF-8. */
export function bytesField(name: string, bytes: Uint8Array, isHex = false): Record<string, string> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isHex || !isUtf8(buffer) ? { [`${name}Hex`]: hexOf(bytes) } : { [name]: buffer.toString('utf8') };
}

/** Bytes in a table or a message: text where it is printable, else hex digits. */
export function readable(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = isUtf8(buffer) ? buffer.toString('utf8') : undefined;
  return text !== undefined && /^[^\p{Cc}\p{Cf}]*$/u.test(text) ? text : `0x${hexOf(bytes)}`;
}
