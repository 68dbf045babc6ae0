/** A hash over everything that happened, in order: two runs with the same hash were the same run. */
export class Trace {
  #low = 0x811c9dc5;
  #high = 0xc2b2ae35;
  readonly #labels = new Map<string, number>();
  readonly #tail: string[] = [];
  readonly #tailMax: number;

  /** @param tailMax how many of the last entries are kept as text. */
  constructor(tailMax = 0) {
    this.#tailMax = tailMax;
  }

  add(label: string, number: number): void {
    this.#mix(this.#hashOf(label));
    this.#mix(Math.floor(number) | 0);
    this.#mix(Math.floor((number % 1) * 0x4000_0000) | 0);
    this.#mix(Math.floor(number / 0x1_0000_0000) | 0);
    if (this.#tailMax === 0) return;
    this.#tail.push(`${number.toFixed(3)} ${label}`);
    if (this.#tail.length > 2 * this.#tailMax) this.#tail.splice(0, this.#tailMax);
  }

  get hash(): string {
    return this.#half(this.#low) + this.#half(this.#high);
  }

  /** The last entries, where they are kept. */
  get tail(): readonly string[] {
    return this.#tail;
  }

  #half(value: number): string {
    return (value >>> 0).toString(16).padStart(8, '0');
  }

  #mix(value: number): void {
    this.#low = Math.imul(this.#low ^ value, 0x01000193) ^ (this.#low >>> 15);
    this.#high = Math.imul(this.#high + value, 0x9e3779b1) ^ (this.#high >>> 13);
  }

  #hashOf(label: string): number {
    let hash = this.#labels.get(label);
    if (hash === undefined) {
      hash = 0x811c9dc5;
      for (let at = 0; at < label.length; at++) hash = Math.imul(hash ^ label.charCodeAt(at), 0x01000193);
      this.#labels.set(label, hash);
    }
    return hash;
  }
}
