import { HistoryError } from '../history-error.js';

/** The text of one map (an object of JSON), and the line of the file that it ends on, from 1. */
export interface Form {
  readonly text: string;
  readonly line: number;
}

/** What may stand between maps: white space, commas, and a tag like `#jepsen.history.Op`. */
const BETWEEN = /^(?:[\s,\ufeff]|#[\w.\-/]+)*$/;

const NEWLINE = 10;
const QUOTE = 34;
const SEMICOLON = 59;
const BACKSLASH = 92;
/** Of brackets, what they add to the depth; of all other characters, 0. */
const NESTING = new Int8Array(128);
for (const open of '([{') NESTING[open.charCodeAt(0)] = 1;
for (const close of ')]}') NESTING[close.charCodeAt(0)] = -1;

/** Takes text piece by piece, and gives the maps in it: one after the other, or in one vector. The same for EDN and JSON. */
export class FormSplitter {
  /** The text after the last form. */
  #text = '';
  /** How much of it has been looked at. */
  #at = 0;
  /** Where in it the form began. */
  #begin = 0;
  #line: number;
  #depth = 0;
  #skipTo: 'quote' | 'newline' | undefined;
  #container: 'none' | 'open' | 'closed' = 'none';

  /** @param line the number of the text's first line */
  constructor(line = 1) {
    this.#line = line;
  }

  /** @throws HistoryError `Unreadable` */
  *add(piece: string): Generator<Form> {
    this.#text += piece;
    const text = this.#text;
    let at = this.#at;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === NEWLINE) this.#line += 1;
      if (code === BACKSLASH && this.#skipTo !== 'newline') {
        if (at + 1 === text.length) break;
        at += 1;
      } else if (this.#skipTo !== undefined) {
        this.#endSkip(code, at);
      } else if (code === QUOTE || code === SEMICOLON) {
        this.#beginSkip(code, at);
      } else if (code < 128 && NESTING[code] !== 0 && this.#nest(code, at)) {
        yield { text: text.slice(this.#begin, at + 1), line: this.#line };
        this.#begin = at + 1;
      }
    }
    this.#text = text.slice(this.#begin);
    this.#at = at - this.#begin;
    this.#begin = 0;
  }

  /** To be called when the text is at its end. */
  finish(): void {
    if (this.#depth > 0 || this.#container === 'open') throw this.#unreadable('the text ends in the middle of a form');
    if (this.#skipTo === undefined) this.#checkBetween(this.#text.length);
  }

  #beginSkip(code: number, at: number): void {
    if (code === QUOTE && this.#depth === 0) throw this.#unreadable('a text outside of a map');
    if (code === SEMICOLON && this.#depth === 0) this.#checkBetween(at);
    this.#skipTo = code === QUOTE ? 'quote' : 'newline';
  }

  #endSkip(code: number, at: number): void {
    if (code !== (this.#skipTo === 'quote' ? QUOTE : NEWLINE)) return;
    this.#skipTo = undefined;
    if (this.#depth === 0) this.#begin = at + 1;
  }

  /** True if a form ends here. */
  #nest(code: number, at: number): boolean {
    if (this.#depth > 0) {
      this.#depth += NESTING[code]!;
      return this.#depth === 0;
    }
    this.#checkBetween(at);
    this.#begin = at;
    const bracket = String.fromCharCode(code);
    if (bracket === '{') this.#depth = 1;
    else this.#moveContainer(bracket);
    return false;
  }

  #moveContainer(bracket: string): void {
    const isOpening = bracket === '[' || bracket === '(';
    if (isOpening && this.#container === 'none') this.#container = 'open';
    else if (!isOpening && bracket !== '}' && this.#container === 'open') this.#container = 'closed';
    else throw this.#unreadable(`a ${bracket} where a map should begin`);
    this.#begin += 1;
  }

  #checkBetween(end: number): void {
    if (!BETWEEN.test(this.#text.slice(this.#begin, end))) throw this.#unreadable('something else where a map should begin');
  }

  #unreadable(reason: string): HistoryError {
    return new HistoryError('Unreadable', `Line ${this.#line}: ${reason}.`);
  }
}
