import { ESCAPE } from './type-code.js';

/** Bytes that are written one after another. */
export class TupleWriter {
  #bytes: Buffer = Buffer.allocUnsafe(64);
  #length = 0;
  /** Where the stamps of incomplete versionstamps begin. */
  readonly incompleteStamps: number[] = [];

  get length(): number {
    return this.#length;
  }

  byte(byte: number): void {
    this.#makeRoom(1);
    this.#bytes[this.#length++] = byte;
  }

  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** With an escape after each zero byte. */
  escaped(bytes: Uint8Array): void {
    let start = 0;
    for (let zero = bytes.indexOf(0); zero !== -1; zero = bytes.indexOf(0, start)) {
      this.bytes(bytes.subarray(start, zero + 1));
      this.byte(ESCAPE);
      start = zero + 1;
    }
    this.bytes(bytes.subarray(start));
  }

  /** What was written; the writer is not used any more. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
