import { setTimeout } from 'node:timers/promises';
import { PandaError, type Database, type Transaction } from '@pandakv/core';
import { type MicroOperation, type Recorder, type Scalar } from '@pandakv/history';

/** Lists that are in use at a time, and how many values are appended before the oldest of them gives way to a new one. */
const ACTIVE = 10;
const APPENDS_PER_LIST = 40;
const DEADLINE_MS = 3_000;
/** Processes of one run have numbers below this; what ended in an unknown way goes on under the next thousand. */
const PROCESSES_MAX = 1_000;

export interface ListAppendsOptions {
  /** Of keys; one that lies on each shard. */
  readonly prefixes: readonly string[];
  readonly random: () => number;
  /** Tells the values and processes of several runs apart, which have one history. */
  readonly run?: number;
}

/** Transactions that read lists and append to them, over all shards of a database, recorded as a history. */
export class ListAppends {
  readonly #db: Database;
  readonly #recorder: Recorder;
  readonly #options: ListAppendsOptions;
  readonly #run: number;
  #isStopped = false;
  #appended = 0;
  #acknowledged = 0;
  #process: number;

  constructor(db: Database, recorder: Recorder, options: ListAppendsOptions) {
    this.#db = db;
    this.#recorder = recorder;
    this.#options = options;
    this.#run = options.run ?? 0;
    this.#process = this.#run * PROCESSES_MAX;
  }

  /** Transactions acknowledged so far. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Transactions, one after another, until {@link stop}. */
  async run(): Promise<void> {
    let process = this.#process++;
    while (!this.#isStopped) {
      const end = await this.#record(process, this.#steps());
      if (end === 'ok') continue;
      // A process whose transaction may still take effect has no next one.
      if (end === 'info') process = this.#process++;
      await setTimeout(20);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Reads these lists, all at one moment: what was acknowledged must be in them. */
  async readAll(lists: readonly Scalar[]): Promise<void> {
    const end = await this.#record(
      this.#process++,
      lists.map((list) => ['r', list, null] as const),
    );
    if (end !== 'ok') throw new Error('The lists cannot be read at the end');
  }

  async #record(process: number, steps: readonly MicroOperation[]): Promise<'ok' | 'fail' | 'info'> {
    this.#recorder.invoke(process, steps);
    try {
      const done = await this.#transact(steps);
      this.#recorder.ok(process, done);
      this.#acknowledged++;
      return 'ok';
    } catch (error) {
      if (PandaError.is(error, 'CommitUnknown')) {
        this.#recorder.info(process);
        return 'info';
      }
      if (!isWithoutEffect(error)) throw error;
      this.#recorder.fail(process);
      return 'fail';
    }
  }

  /** One to four steps; those that only read do so at one moment, half of the time without a transaction. */
  #steps(): MicroOperation[] {
    const { random } = this.#options;
    const newest = this.#run * 4 + Math.floor(this.#appended / APPENDS_PER_LIST) + ACTIVE;
    return Array.from({ length: 1 + Math.floor(random() * 4) }, () => {
      const list = newest - Math.floor(random() * ACTIVE);
      if (random() < 0.5) return ['r', list, null] as const;
      return ['append', list, this.#run * 1_000_000 + this.#appended++] as const;
    });
  }

  async #transact(steps: readonly MicroOperation[]): Promise<MicroOperation[]> {
    const isRead = steps.every(([kind]) => kind === 'r');
    if (isRead && this.#options.random() < 0.5) {
      const values = await this.#db.getMany(steps.map(([, list]) => this.#key(list)));
      return steps.map(([, list], at) => ['r', list, toList(values[at])]);
    }
    return await this.#db.transact((transaction) => this.#perform(transaction, steps), { deadlineMs: DEADLINE_MS });
  }

  async #perform(transaction: Transaction, steps: readonly MicroOperation[]): Promise<MicroOperation[]> {
    const done: MicroOperation[] = [];
    for (const step of steps) {
      const [kind, list, value] = step;
      const key = this.#key(list);
      const found = await transaction.get(key);
      if (kind === 'r') {
        done.push(['r', list, toList(found)]);
        continue;
      }
      transaction.set(key, [...toList(found), value].join(' '));
      done.push(step);
    }
    return done;
  }

  #key(list: Scalar): string {
    const { prefixes } = this.#options;
    return `${prefixes[Number(list) % prefixes.length]}/list/${list}`;
  }
}

/** The refusals that a fault may bring; each promises that nothing has changed. */
function isWithoutEffect(error: unknown): boolean {
  return PandaError.is(error) && (error.retryable || error.code === 'DeadlineExceeded');
}

function toList(value: Uint8Array | undefined): number[] {
  return value === undefined ? [] : Buffer.from(value).toString().split(' ').map(Number);
}
