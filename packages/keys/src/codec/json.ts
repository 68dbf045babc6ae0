import { PandaError } from '@pandakv/core/engine';
import type { Codec } from './codec.js';
import { decodeUtf8 } from './utf8.js';

/**
 * Values as JSON. The type is the application's word: it is not checked, see {@link schema} for a codec that does. What JSON changes (a
 * Date to a string, NaN to null) is changed.
 */
export function json<T>(): Codec<T> {
  return { encode: encodeJson, decode: (bytes) => decodeJson(bytes) as T };
}

export function encodeJson(value: unknown): Uint8Array {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`JSON has no ${typeof value}`);
  return Buffer.from(text, 'utf8');
}

/** The error of the parser is not passed on, because it quotes the value. */
export function decodeJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  try {
    return JSON.parse(text);
  } catch {
    throw new PandaError('InvalidArgument', 'The value is not JSON');
  }
}
