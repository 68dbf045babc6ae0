/** A list of 32-bit integers that grows; millions of them cost four bytes each. */
export class GrowableInt32 {
  length = 0;
  #data: Int32Array;

  constructor(capacity = 1024) {
    this.#data = new Int32Array(capacity);
  }

  push(value: number): number {
    if (this.length === this.#data.length) {
      const grown = new Int32Array(Math.ceil(this.length * 1.6));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.#data[index]!;
  }

  set(index: number, value: number): void {
    this.#data[index] = value;
  }

  /** The values so far; valid until the next push. */
  view(): Int32Array {
    return this.#data.subarray(0, this.length);
  }
}

/** The same for integers from 0 to 255. */
export class GrowableUint8 {
  length = 0;
  #data: Uint8Array;

  constructor(capacity = 1024) {
    this.#data = new Uint8Array(capacity);
  }

  push(value: number): number {
    if (this.length === this.#data.length) {
      const grown = new Uint8Array(Math.ceil(this.length * 1.6));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length] = value;
    return this.length++;
  }

  at(index: number): number {
    return this.#data[index]!;
  }

  set(index: number, value: number): void {
    this.#data[index] = value;
  }

  view(): Uint8Array {
    return this.#data.subarray(0, this.length);
  }
}
