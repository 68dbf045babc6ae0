/** Keys are written one behind the other into pieces of this size: whoever keeps one keeps no more in memory than its piece. */
const PIECE_BYTES = 16 * 1024;

/** Up to here a loop is faster than the call into native code. */
const LOOP_CHARS_MAX = 48;
const ASCII_ONLY = /^[\x00-\x7f]*$/; // eslint-disable-line no-control-regex

/** A key that was read as text is none: its bytes are not known. */
export class NotAscii extends Error {
  constructor() {
    super('A key is not ASCII');
    this.name = 'NotAscii';
  }
}

let piece = new Uint8Array(PIECE_BYTES);
let used = 0;

/** @throws NotAscii for text with other characters, which invalid UTF-8 comes out as too */
function asciiBytes(text: string): Uint8Array {
  const { length } = text;
  if (length > LOOP_CHARS_MAX) {
    if (!ASCII_ONLY.test(text)) throw new NotAscii();
    return Buffer.from(text, 'latin1');
  }
  if (length > PIECE_BYTES - used) {
    piece = new Uint8Array(PIECE_BYTES);
    used = 0;
  }
  const begin = used;
  let all = 0;
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at);
    all |= code;
    piece[begin + at] = code;
  }
  if (all > 0x7f) throw new NotAscii();
  used += length;
  return new Uint8Array(piece.buffer, begin, length);
}

/**
 * An encoding that reads keys as UTF-8 text and turns that into bytes. LevelDB's driver makes a short string in a small part of the time
 * that it takes for a Uint8Array. Bounds go in as bytes.
 */
export const ASCII_KEYS = Object.freeze({
  name: 'panda-ascii',
  format: 'utf8',
  encode: (key: Uint8Array): Uint8Array => key,
  decode: asciiBytes,
});

/** Whether pages are worth trying to be read with {@link ASCII_KEYS}, by the first byte of their range, since keys of a kind lie together. */
export class AsciiGuess {
  /** How many pages are not tried any more, and how many after the next disappointment. */
  readonly #skips = new Uint16Array(256);
  readonly #nextSkips = new Uint16Array(256);

  isWorthTrying(start: Uint8Array): boolean {
    const place = start[0] ?? 0;
    const skips = this.#skips[place]!;
    if (skips === 0) return true;
    this.#skips[place] = skips - 1;
    return false;
  }

  wasWrong(start: Uint8Array): void {
    const place = start[0] ?? 0;
    const skips = Math.min(2 * this.#nextSkips[place]! + 64, 32_768);
    this.#nextSkips[place] = skips;
    this.#skips[place] = skips;
  }
}
