import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { formatOperation, type HistoryFormat } from '../formats/write-operation.js';
import type { Operation } from '../operation.js';
import type { HistorySink } from './recorder.js';

const BUFFERED_CHARACTERS = 1 << 16;

/**
 * Writes operations to a file, one a line. What it holds in memory is bounded: text gathers up to 64 Ki characters, and is then
 * written before {@link add} returns.
 */
export class HistoryFile implements HistorySink {
  readonly #file: number;
  readonly #format: HistoryFormat;
  #text = '';

  /** Makes the file, or empties it. */
  constructor(path: string, format: HistoryFormat = 'json') {
    this.#format = format;
    this.#file = openSync(path, 'w');
  }

  add(operation: Operation): void {
    this.#text += `${formatOperation(operation, this.#format)}\n`;
    if (this.#text.length >= BUFFERED_CHARACTERS) this.flush();
  }

  /** Gives what was gathered to the operating system. */
  flush(): void {
    const bytes = Buffer.from(this.#text, 'utf8');
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    this.#text = '';
  }

  /** Writes the rest, and waits until all is on disk. */
  close(): void {
    this.flush();
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}
