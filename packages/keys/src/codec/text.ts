import type { Codec } from './codec.js';
import { decodeUtf8 } from './utf8.js';

/** Strings, as UTF-8. Half a surrogate pair becomes U+FFFD. */
export const text: Codec<string> = Object.freeze({
  encode(value: string): Uint8Array {
    if (typeof value !== 'string') throw new TypeError('The codec of text takes strings');
    return Buffer.from(value, 'utf8');
  },
  decode: decodeUtf8,
});
