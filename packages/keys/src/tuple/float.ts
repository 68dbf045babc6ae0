/** A 32-bit floating point number as an element of a tuple; the number is rounded to one. All sort before every {@link Double}. */
export class Float {
  readonly value: number;

  constructor(value: number) {
    if (typeof value !== 'number') throw new TypeError('A Float holds a number');
    this.value = Math.fround(value);
    Object.freeze(this);
  }
}
