/** A 64-bit floating point number as an element of a tuple. They sort as in IEEE 754: -0 before 0, NaN last. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    if (typeof value !== 'number') throw new TypeError('A Double holds a number');
    this.value = value;
    Object.freeze(this);
  }
}
