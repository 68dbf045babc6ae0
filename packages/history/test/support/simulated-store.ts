import type { HistoryModel, MicroOperation, Operation, Scalar } from '@pandakv/history';
import type { Random } from './random.js';

export interface StoreOptions {
  readonly model: HistoryModel;
  readonly transactions: number;
  /** Processes at work at the same time. */
  readonly concurrency: number;
  /** Keys in use at the same time; each is retired after `writesPerKey` writes, and replaced by a new one. */
  readonly keys: number;
  readonly writesPerKey: number;
  /** Of the transactions, how many also use keys that live long, for `writesPerLongKey` writes. */
  readonly longKeyShare?: number;
  readonly writesPerLongKey?: number;
  /** Micro-operations of a transaction: from 1 to twice the mean. */
  readonly meanLength?: number;
  readonly failures?: number;
  readonly unknown?: number;
}

interface Running {
  readonly plan: MicroOperation[];
  result: MicroOperation[] | undefined;
}

/** Keys that are in use; each is replaced after a number of writes. */
class KeyPool {
  readonly #writes: number[];
  readonly #keys: number[];

  constructor(
    size: number,
    private readonly limit: number,
    private readonly newKey: () => number,
    private readonly retire: (key: number) => void,
  ) {
    this.#keys = Array.from({ length: size }, newKey);
    this.#writes = this.#keys.map(() => 0);
  }

  pick(random: Random, isWrite: boolean): { key: number; value: number } {
    const i = random.below(this.#keys.length);
    if (this.#writes[i]! >= this.limit) {
      this.retire(this.#keys[i]!);
      this.#keys[i] = this.newKey();
      this.#writes[i] = 0;
    }
    if (isWrite) this.#writes[i]! += 1;
    return { key: this.#keys[i]!, value: this.#writes[i]! };
  }
}

/** The history of a store that is strictly serializable: each transaction takes effect at one moment while it runs. */
export function* simulate(options: StoreOptions, random: Random): Generator<Operation> {
  const lists = new Map<Scalar, Scalar[]>();
  const registers = new Map<Scalar, Scalar>();
  let keys = 0;
  const retired: number[] = [];
  const newKey = () => keys++;
  const retire = (key: number) => {
    // Transactions that were planned before may still use it for a while.
    retired.push(key);
    const old = retired.length > 1000 ? retired.shift() : undefined;
    if (old !== undefined) lists.delete(old);
  };
  const pool = new KeyPool(options.keys, options.writesPerKey, newKey, retire);
  const longPool = new KeyPool(4, options.writesPerLongKey ?? 512, newKey, retire);
  const running: (Running | undefined)[] = Array.from({ length: options.concurrency });
  let started = 0;
  let completed = 0;

  const plan = (): MicroOperation[] => {
    const length = 1 + random.below((options.meanLength ?? 4) * 2 - 1);
    const isLong = random.chance(options.longKeyShare ?? 0);
    return Array.from({ length }, (_, i): MicroOperation => {
      const isWrite = random.chance(0.5);
      const { key, value } = (isLong && i === 0 ? longPool : pool).pick(random, isWrite);
      if (!isWrite) return ['r', key, null];
      return [options.model === 'list-append' ? 'append' : 'w', key, value];
    });
  };

  const step = (micro: MicroOperation): MicroOperation => {
    const [f, key] = micro;
    if (f === 'append') {
      const list = lists.get(key);
      if (list === undefined) lists.set(key, [micro[2]]);
      else list.push(micro[2]);
      return micro;
    }
    if (f === 'w') {
      registers.set(key, micro[2]);
      return micro;
    }
    return ['r', key, options.model === 'list-append' ? [...(lists.get(key) ?? [])] : (registers.get(key) ?? null)];
  };

  while (completed < options.transactions) {
    const process = random.below(options.concurrency);
    const current = running[process];
    if (current === undefined) {
      if (started === options.transactions) continue;
      started += 1;
      const value = plan();
      running[process] = { plan: value, result: undefined };
      yield { type: 'invoke', process, f: 'txn', value };
      continue;
    }
    if (current.result === undefined) {
      if (random.chance(options.failures ?? 0)) {
        yield { type: 'fail', process, f: 'txn', value: current.plan };
      } else if (random.chance(options.unknown ?? 0)) {
        if (random.chance(0.5)) current.plan.forEach(step);
        yield { type: 'info', process, f: 'txn', value: current.plan };
      } else {
        current.result = current.plan.map(step);
        continue;
      }
    } else {
      yield { type: 'ok', process, f: 'txn', value: current.result };
    }
    running[process] = undefined;
    completed += 1;
  }
}
