import { HistoryError } from '../history-error.js';

/** What EDN is read into: a keyword or symbol becomes a string, keywords with their colon; lists and sets become vectors. */
export type EdnValue = null | boolean | number | string | readonly EdnValue[] | ReadonlyMap<EdnValue, EdnValue>;

const SPACE = /[\s,]*(?:;[^\n]*(?:\n|$)[\s,]*)*/y;
const TOKEN = /(?:\\[^]|[^\s,()[\]{}";\\])+/y;
const STRING = /"(?:[^"\\]|\\[^])*"/y;
const TAG = /#[A-Za-z][\w.\-/]*/y;
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
    const token = this.#match(TOKEN);
    if (token === undefined) throw this.#unreadable();
    if (token === 'nil') return null;
    if (token === 'true' || token === 'false') return token === 'true';
    return NUMBER.test(token) ? numberOf(token) : token;
  }

  #skipSpace(): void {
    this.#match(SPACE);
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

function numberOf(token: string): number {
  const number = Number(token.replace(/[NM]$/, ''));
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) {
    throw new HistoryError('Unreadable', 'an integer beyond 2^53 - 1, which cannot be told from its neighbours');
  }
  return number;
}
