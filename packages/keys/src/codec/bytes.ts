import type { Codec } from './codec.js';

/** Bytes, as they are. */
export const bytes: Codec<Uint8Array> = Object.freeze({
  encode(value: Uint8Array): Uint8Array {
    if (!(value instanceof Uint8Array)) throw new TypeError('The codec of bytes takes a Uint8Array');
    return value;
  },
  decode: (value: Uint8Array) => value,
});
