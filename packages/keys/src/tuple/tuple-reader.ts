import { PandaError } from '@pandakv/core/engine';
import { ESCAPE } from './type-code.js';

/** Bytes that are read one after another; reading past their end fails with `InvalidArgument`. */
export class TupleReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    if (this.isAtEnd) throw this.damaged('they end within an element');
    return this.#bytes[this.#at++]!;
  }

  /** The next bytes, where they lie. */
  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.length) throw this.damaged('they end within an element');
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** Skips the byte if it comes next. */
  skip(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at++;
    return true;
  }

  /** What comes before the next zero byte that is not escaped, without the escapes; a copy. */
  takeTerminated(): Buffer {
    const pieces: Buffer[] = [];
    for (;;) {
      const zero = this.#bytes.indexOf(0, this.#at);
      if (zero === -1) throw this.damaged('a string has no end');
      const isEscaped = this.#bytes[zero + 1] === ESCAPE;
      pieces.push(this.#bytes.subarray(this.#at, isEscaped ? zero + 1 : zero));
      this.#at = zero + (isEscaped ? 2 : 1);
      if (!isEscaped) return Buffer.concat(pieces);
    }
  }

  damaged(reason: string): PandaError {
    return new PandaError(
      'InvalidArgument',
      `The bytes are not a tuple: ${reason}, at byte ${this.#at} of ${this.#bytes.length}`,
    );
  }
}
