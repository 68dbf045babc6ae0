import { NONE, type VersionTable } from '../history/versions.js';
import { GrowableInt32 } from '../history/growable.js';
import type { Scalar } from '../operation.js';

/** A read that does not fit the others of its key. */
export interface DivergentRead {
  readonly key: number;
  readonly transaction: number;
  readonly versions: readonly number[];
}

/** What a read of a list turned out to be: the version that its last element made, and whether it fits the key's other reads. */
export interface PlacedRead {
  readonly version: number;
  readonly isDivergent: boolean;
  /** A value that the list holds twice. */
  readonly duplicate?: Scalar;
}

/**
 * The order of each list's versions, from the longest read. Reads arrive one by one, and are kept as their last version only:
 * the rest of a list is the order before it. Reads that contradict it are kept whole.
 */
export class ListOrders {
  readonly divergent: DivergentRead[] = [];
  readonly #versions: VersionTable;
  readonly #orders: number[][] = [];
  /** How much of an order all reads agree about; the whole where the key is missing. */
  readonly #agreed = new Map<number, number>();
  readonly #position = new GrowableInt32();

  constructor(versions: VersionTable) {
    this.#versions = versions;
  }

  place(key: number, list: readonly Scalar[], transaction: number): PlacedRead {
    const order = this.orderOf(key);
    const shared = this.#sharedPrefix(order, list);
    if (shared === list.length) return { version: this.#lastOf(key, order, shared), isDivergent: false };
    if (shared < order.length) return this.#placeDivergent(key, list, shared, transaction);
    for (let i = shared; i < list.length; i++) {
      if (!this.#extend(key, order, list[i]!)) return this.#placeDuplicated(key, list, [...new Set(list)], transaction);
    }
    return { version: this.#lastOf(key, order, list.length), isDivergent: false };
  }

  #sharedPrefix(order: readonly number[], list: readonly Scalar[]): number {
    const end = Math.min(order.length, list.length);
    let i = 0;
    while (i < end && this.#versions.valueOf(order[i]!) === list[i]) i += 1;
    return i;
  }

  #placeDuplicated(key: number, list: readonly Scalar[], distinct: readonly Scalar[], transaction: number): PlacedRead {
    const duplicate = list.find((value, i) => list.indexOf(value) < i)!;
    return { ...this.place(key, distinct, transaction), duplicate };
  }

  #placeDivergent(key: number, list: readonly Scalar[], shared: number, transaction: number): PlacedRead {
    const values = [...new Set(list)];
    if (values.length < list.length) return this.#placeDuplicated(key, list, values, transaction);
    const versions = list.map((value) => this.#versions.versionOf(key, value));
    for (const version of versions) this.#versions.setObserved(version);
    this.#agreed.set(key, Math.min(shared, this.#agreed.get(key) ?? shared));
    this.divergent.push({ key, transaction, versions });
    return { version: versions.at(-1)!, isDivergent: true };
  }

  /** False if the value is in the order already. */
  #extend(key: number, order: number[], value: Scalar): boolean {
    const version = this.#versions.versionOf(key, value);
    while (this.#position.length <= version) this.#position.push(NONE);
    if (this.#position.at(version) !== NONE) return false;
    this.#versions.setObserved(version);
    this.#position.set(version, order.push(version) - 1);
    return true;
  }

  #lastOf(key: number, order: readonly number[], length: number): number {
    return length === 0 ? this.#versions.initialOf(key) : order[length - 1]!;
  }

  /** The longest list read, as versions. */
  orderOf(key: number): number[] {
    return (this.#orders[key] ??= []);
  }

  /** How many versions of {@link orderOf} no read contradicts. */
  agreedLength(key: number): number {
    return this.#agreed.get(key) ?? this.orderOf(key).length;
  }

  /** Place in {@link orderOf}; NONE for versions in no order, the initial ones among them. */
  positionOf(version: number): number {
    return version < this.#position.length ? this.#position.at(version) : NONE;
  }
}
