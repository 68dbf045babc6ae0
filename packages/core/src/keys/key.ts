import { PandaError } from '../errors/index.js';

/** What users pass as keys and values; strings are encoded as UTF-8. */
export type Bytes = Uint8Array | string;

/**
 * A key inside core: a string with one character (0 to 255) per byte. Comparing two with `<` is unsigned byte order, and
 * maps and messages take them as they are.
 */
export type Key = string;

/** Limits for users, checked before anything is written. */
export const LIMITS = Object.freeze({
  keyBytesMax: 1_024,
  valueBytesMax: 1024 * 1024,
  /** Mutations and read spans of a transaction, summed. */
  transactionBytesMax: 16 * 1024 * 1024,
  readRangesMax: 10_000,
});

const ASCII_ONLY = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex

/** Bytes as a {@link Key}, without any check of length. */
export function toKey(bytes: Bytes): Key {
  if (typeof bytes === 'string') return ASCII_ONLY.test(bytes) ? bytes : Buffer.from(bytes, 'utf8').toString('latin1');
  if (bytes instanceof Uint8Array) return asBuffer(bytes).toString('latin1');
  throw new TypeError(`A key must be a Uint8Array or a string, not ${describe(bytes)}`);
}

/** A user's key, checked: 1 to 1,024 bytes. */
export function userKey(bytes: Bytes): Key {
  const key = toKey(bytes);
  if (key.length === 0) throw new PandaError('InvalidArgument', 'A key must have at least 1 byte');
  if (key.length > LIMITS.keyBytesMax) {
    throw new PandaError('KeyTooLarge', `A key of ${key.length} bytes is over the limit of ${LIMITS.keyBytesMax}`, {
      key: keyHex(key.slice(0, 32)) + '…',
    });
  }
  return key;
}

/** A user's value, checked (up to 1 MiB) and copied, so that the caller may use its buffer again. */
export function userValue(bytes: Bytes): Uint8Array {
  if (typeof bytes !== 'string' && !(bytes instanceof Uint8Array)) {
    throw new TypeError(`A value must be a Uint8Array or a string, not ${describe(bytes)}`);
  }
  const value = Buffer.from(bytes as Uint8Array);
  if (value.length > LIMITS.valueBytesMax) {
    throw new PandaError('ValueTooLarge', `A value of ${value.length} bytes is over the limit of ${LIMITS.valueBytesMax}`);
  }
  return value;
}

/** The bytes from `begin` on, in the same memory. Not as a Buffer, which takes several times as long to make; scans feel that. */
export function bytesFrom(bytes: Uint8Array, begin: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + begin, bytes.length - begin);
}

export function keyBytes(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}

/** Up to here a loop is faster than the call into native code. */
const LOOP_CHARS_MAX = 48;

/** Writes a key's bytes to `target`; answers the offset after them. */
export function writeKey(target: Buffer, key: Key, offset: number): number {
  const { length } = key;
  if (length > LOOP_CHARS_MAX) return offset + target.write(key, offset, 'latin1');
  for (let at = 0; at < length; at++) target[offset + at] = key.charCodeAt(at);
  return offset + length;
}

export function keyHex(key: Key): string {
  return Buffer.from(key, 'latin1').toString('hex');
}

export function bytesHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}

/** The first key after `key`. */
export function keyAfter(key: Key): Key {
  return key + '\0';
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function describe(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
}
