import type { Scalar } from '../operation.js';
import { GrowableInt32, GrowableUint8 } from './growable.js';

/** No transaction; no position. */
export const NONE = -1;

/**
 * The versions of all keys, numbered. A version is what one append or write made; each key begins with an initial version, that
 * nobody wrote. A version that was read but never written has no writer.
 */
export class VersionTable {
  readonly keys: Scalar[] = [];
  readonly #keyIds = new Map<Scalar, number>();
  readonly #byValue: Map<Scalar, number>[] = [];
  readonly #initial = new GrowableInt32();
  readonly #key = new GrowableInt32();
  readonly #writer = new GrowableInt32();
  readonly #observed = new GrowableUint8();
  readonly #intermediate = new GrowableUint8();
  readonly #values: (Scalar | null)[] = [];

  get count(): number {
    return this.#values.length;
  }

  keyId(key: Scalar): number {
    const known = this.#keyIds.get(key);
    if (known !== undefined) return known;
    const id = this.keys.push(key) - 1;
    this.#keyIds.set(key, id);
    this.#byValue.push(new Map());
    this.#initial.push(this.#create(id, null));
    return id;
  }

  /** The version that has this value; made where it is met for the first time. */
  versionOf(key: number, value: Scalar): number {
    const versions = this.#byValue[key]!;
    const known = versions.get(value);
    if (known !== undefined) return known;
    const version = this.#create(key, value);
    versions.set(value, version);
    return version;
  }

  #create(key: number, value: Scalar | null): number {
    this.#key.push(key);
    this.#writer.push(NONE);
    this.#observed.push(0);
    this.#intermediate.push(0);
    return this.#values.push(value) - 1;
  }

  initialOf(key: number): number {
    return this.#initial.at(key);
  }

  isInitial(version: number): boolean {
    return this.#values[version] === null;
  }

  keyOf(version: number): number {
    return this.#key.at(version);
  }

  /** `null` for an initial version. */
  valueOf(version: number): Scalar | null {
    return this.#values[version]!;
  }

  /** The transaction that wrote it, or NONE. */
  writerOf(version: number): number {
    return this.#writer.at(version);
  }

  setWriter(version: number, transaction: number): void {
    this.#writer.set(version, transaction);
  }

  /** Whether a transaction with outcome `ok` has read it, or a list that holds it. */
  isObserved(version: number): boolean {
    return this.#observed.at(version) === 1;
  }

  setObserved(version: number): void {
    this.#observed.set(version, 1);
  }

  /** Whether its writer wrote the key again later. */
  isIntermediate(version: number): boolean {
    return this.#intermediate.at(version) === 1;
  }

  setIntermediate(version: number): void {
    this.#intermediate.set(version, 1);
  }
}
