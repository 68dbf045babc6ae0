import { HistoryError } from '../history-error.js';

/** What EDN is read into: a keyword or symbol becomes a string, keywords with their colon; lists and sets become vectors. */
export type EdnValue = null | boolean | number | string | readonly EdnValue[] | ReadonlyMap<EdnValue, EdnValue>;

const COMMENT = /;[^\n]*/y;
/** White space and commas. */
const IS_SPACE = tableOf(' ,\n\r\t\f\v\u00a0');
/** What ends a number, a keyword or a symbol. */
const ENDS_TOKEN = tableOf(' ,\n\r\t\f\v\u00a0()[]{}";');
const STRING = /"(?:[^"\\]|\\[^])*"/y;
const TAG = /#[A-Za-z][\w.\-/]*/y;
const ZERO = '0'.charCodeAt(0);
const MAX_SMALL_DIGITS = 9;
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[NM]?$/;
const CLOSING = { '[': ']', '(': ')', '{': '}', '#{': '}' } as const;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '"': '"', '\\': '\\', '/': '/' };

/**
 * Reads one form of EDN: what histories are made of, not all of it. Tags are skipped.
 * @throws HistoryError `Unreadable`
 */
export function parseEdn(text: string): EdnValue {
  const parser = new EdnParser(text);
  const value = parser.value();
  parser.end();
  return value;
}

class EdnParser {
  #at = 0;

  constructor(private readonly text: string) {}

  value(): EdnValue {
    this.#skipSpace();
    while (this.text[this.#at] === '#' && this.#match(TAG) !== undefined) this.#skipSpace();
    switch (this.text[this.#at]) {
      case '[':
      case '(':
        return this.#sequence(this.text[this.#at] as '[' | '(');
      case '{':
        return this.#map();
      case '"':
        return this.#string();
      case '#':
        if (this.text[this.#at + 1] === '{') return this.#sequence('#{');
        throw this.#unreadable();
      default:
        return this.#atom();
    }
  }

  end(): void {
    this.#skipSpace();
    if (this.#at < this.text.length) throw this.#unreadable();
  }

  #sequence(open: keyof typeof CLOSING): EdnValue[] {
    this.#at += open.length;
    const values: EdnValue[] = [];
    this.#skipSpace();
    while (this.text[this.#at] !== CLOSING[open]) {
      values.push(this.value());
      this.#skipSpace();
    }
    this.#at += 1;
    return values;
  }

  #map(): Map<EdnValue, EdnValue> {
    const values = this.#sequence('{');
    if (values.length % 2 !== 0) throw this.#unreadable();
    const map = new Map<EdnValue, EdnValue>();
    for (let i = 0; i < values.length; i += 2) map.set(values[i]!, values[i + 1]!);
    return map;
  }

  #string(): string {
    const quoted = this.#match(STRING);
    if (quoted === undefined) throw this.#unreadable();
    return quoted.slice(1, -1).replaceAll(/\\(?:u([0-9a-fA-F]{4})|([^]))/g, (_, hex: string | undefined, escaped: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      const character = ESCAPES[escaped];
      if (character === undefined) throw this.#unreadable();
      return character;
    });
  }

  #atom(): EdnValue {
    const token = this.#token();
    if (token === '') throw this.#unreadable();
    if (token === 'nil') return null;
    if (token === 'true' || token === 'false') return token === 'true';
    return smallNumber(token) ?? (NUMBER.test(token) ? numberOf(token) : token);
  }

  #token(): string {
    const begin = this.#at;
    let at = begin;
    for (; at < this.text.length && ENDS_TOKEN[this.text.charCodeAt(at)] !== 1; at++) {
      // A character of its own, like `\}`.
      if (this.text[at] === '\\') at += 1;
    }
    this.#at = Math.min(at, this.text.length);
    return this.text.slice(begin, this.#at);
  }

  #skipSpace(): void {
    for (;;) {
      while (IS_SPACE[this.text.charCodeAt(this.#at)] === 1) this.#at += 1;
      if (this.text[this.#at] !== ';') return;
      this.#match(COMMENT);
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #unreadable(): HistoryError {
    return new HistoryError('Unreadable', `not EDN at character ${this.#at + 1} of the form`);
  }
}

/** By character code: 1 for these characters. */
function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** The number of a token of a few digits; undefined for all others. Nearly all numbers of a history are such. */
function smallNumber(token: string): number | undefined {
  if (token.length > MAX_SMALL_DIGITS) return undefined;
  let number = 0;
  for (let i = 0; i < token.length; i++) {
    const digit = token.charCodeAt(i) - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

function numberOf(token: string): number {
  const number = Number(token.replace(/[NM]$/, ''));
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new HistoryError('Unreadable', 'an integer beyond 2^53 - 1, which cannot be told from its neighbours');
  }
  return number;
}
