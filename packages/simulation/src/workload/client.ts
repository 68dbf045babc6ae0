import { PandaError, type Database, type Isolation, type Transaction } from '@pandakv/core';
import { TICKS_PER_MS } from '@pandakv/core/parts';
import { DEADLINE_MS } from '../cluster/settings.js';
import type { Counters } from '../kernel/counters.js';
import type { Random } from '../kernel/random.js';
import type { Process } from '../machine/process.js';
import type { History } from './history.js';
import type { Attempt, Operation, Value } from './operation.js';
import { RecordedTransaction } from './recorded-transaction.js';
import { asBytes, asText } from './text.js';

/** How many transactions run under an id that is kept. */
const KEPT_IDS = 0.5;
/** How often one of them is run again, where its outcome is not known, rather than looked up. */
const RUN_AGAIN = 0.5;
/** How often one of them is run again that was acknowledged, as if its caller had forgotten. */
const RUN_AGAIN_DONE = 0.1;

export interface ClientParts {
  readonly name: string;
  readonly session: string;
  readonly database: Database;
  readonly process: Process;
  readonly random: Random;
  readonly history: History;
  readonly counters: Counters;
  /** Something that must not be was seen. */
  readonly fail: (what: string) => void;
  /** Transactions whose outcome their clients did not learn. */
  readonly open: Operation[];
}

/** One caller of the database: does one operation after another, and writes down what it asked for and was told. */
export class Client {
  readonly name: string;
  readonly random: Random;
  readonly #parts: ClientParts;
  #values = 0;

  constructor(parts: ClientParts) {
    this.name = parts.name;
    this.random = parts.random;
    this.#parts = parts;
  }

  /** A value that nobody else writes. */
  unique(): string {
    return `${this.#parts.session}.${this.name}.${++this.#values}`;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#parts.process.environment.setTimer(ms, resolve));
  }

  /** Runs a transaction; undefined when it did not commit, or nobody knows. */
  async transact<T>(
    body: (tx: RecordedTransaction) => Promise<T>,
    isolation: Isolation = 'serializable',
  ): Promise<T | undefined> {
    const { database } = this.#parts;
    const operation = this.#begin('transaction', isolation);
    const attempt = (transaction: Transaction): Promise<T> => attemptAt(operation, transaction, body);
    if (this.random.chance(KEPT_IDS)) {
      operation.id = database.newTransactionId();
      operation.body = attempt;
      const result = await this.#run(operation, async () => await this.#runUnderId(operation, attempt));
      if (operation.status === 'ok' && this.random.chance(RUN_AGAIN_DONE)) await this.#repeat(operation);
      return result;
    }
    const run = (transaction: Transaction): Promise<T> => {
      operation.id = transaction.id;
      return attempt(transaction);
    };
    return await this.#run(operation, async () => await database.transact(run, { deadlineMs: DEADLINE_MS, isolation }));
  }

  /** Runs again, under their ids, transactions of this client of which it does not know what became. */
  async runAgain(): Promise<void> {
    const { open } = this.#parts;
    for (const operation of open.filter(({ client, body }) => client === this.name && body !== undefined)) {
      if (open.includes(operation) && operation.outcome === undefined) await this.#runAgain(operation);
    }
  }

  async #runAgain(operation: Operation): Promise<void> {
    const { open, history, counters } = this.#parts;
    counters.add('transaction run again under its id');
    open.splice(open.indexOf(operation), 1);
    operation.status = 'running';
    operation.session = this.#parts.session;
    const tried = operation.attempts.length;
    try {
      await this.#runUnderId(operation, operation.body!);
      history.end(operation, 'ok');
    } catch (error) {
      const code = this.#judge(error);
      // One that fails before it is tried says nothing of the runs before it, unless it says that all are forbidden.
      const isUnknown = operation.attempts.length === tried ? code !== 'InvalidArgument' : code === 'CommitUnknown';
      history.end(operation, isUnknown ? 'unknown' : 'failed', code);
      if (isUnknown) open.push(operation);
    }
  }

  /** What was acknowledged is not done again. */
  async #repeat({ id, isolation, attempts }: Operation): Promise<void> {
    const { database, counters, fail } = this.#parts;
    const { committedAt, readTimestamp } = attempts.at(-1)!;
    // What wrote nothing leaves no trace.
    if (committedAt === readTimestamp) return;
    try {
      const body = (): void => fail(`${id}: it is done again, though it had committed at ${committedAt}`);
      const { timestamp } = await database.transact(body, { deadlineMs: DEADLINE_MS, isolation, id: id! });
      if (timestamp !== committedAt) fail(`${id}: it had committed at ${committedAt}, and is said to have at ${timestamp}`);
      counters.add('transaction run again that was acknowledged');
    } catch (error) {
      this.#judge(error);
    }
  }

  /** Undefined where a run before this one has committed. */
  async #runUnderId<T>(operation: Operation, attempt: (transaction: Transaction) => Promise<T>): Promise<T | undefined> {
    const { isolation, attempts } = operation;
    const options = { deadlineMs: DEADLINE_MS, isolation, id: operation.id! };
    const tried = attempts.length;
    const run = await this.#parts.database.transact(attempt, options);
    if (!run.alreadyCommitted) {
      if (run.timestamp !== attempts.at(-1)?.committedAt) this.#parts.fail(`${options.id}: it committed at ${run.timestamp}`);
      return run.result;
    }
    const last = attempts.at(-1);
    if (last === undefined || attempts.length > tried)
      this.#parts.fail(`${options.id}: it had not been tried, or was tried again`);
    else last.committedAt = run.timestamp;
    this.#parts.counters.add('transaction found committed when it was run again');
    return undefined;
  }

  /** Reads the newest value of a key. */
  async get(key: string): Promise<Value> {
    const operation = this.#begin('get');
    return await this.#run(operation, async () => {
      const value = asText(await this.#parts.database.get(asBytes(key)));
      operation.latest = { key, value };
      return value;
    });
  }

  /** Reads keys at one moment. */
  async getMany(keys: readonly string[]): Promise<Value[] | undefined> {
    return await this.#readSnapshot('snapshot', keys);
  }

  /** Reads keys as they were some time ago. */
  async getManyBefore(keys: readonly string[], ms: number): Promise<Value[] | undefined> {
    return await this.#readSnapshot('past', keys, ms);
  }

  /** Writes keys if another one still has the value that it has now. */
  async writeIf(key: string, keys: readonly string[]): Promise<void> {
    const value = await this.get(key);
    const operation = this.#begin('write');
    const writes = new Map(keys.map((written) => [written, this.unique()]));
    const attempt: Attempt = { readTimestamp: 0, reads: [], scans: [], preconditions: [{ key, value }], writes };
    operation.attempts.push(attempt);
    const bytes = asBytes(key);
    await this.#run(operation, async () => {
      attempt.committedAt = await this.#parts.database.write(
        [...writes].map(([written, next]) => ({ type: 'set', key: asBytes(written), value: asBytes(next) })),
        [value === undefined ? { type: 'absent', key: bytes } : { type: 'equals', key: bytes, value: asBytes(value) }],
        { deadlineMs: DEADLINE_MS },
      );
    });
  }

  async #readSnapshot(kind: 'snapshot' | 'past', keys: readonly string[], agoMs = 0): Promise<Value[] | undefined> {
    const operation = this.#begin(kind);
    return await this.#run(operation, async () => {
      const now = this.#parts.database.snapshot();
      const snapshot = agoMs === 0 ? now : this.#parts.database.snapshot(now.timestamp - Math.floor(agoMs * TICKS_PER_MS));
      const values = (await snapshot.getMany(keys.map(asBytes))).map(asText);
      const reads = keys.map((key, at) => ({ key, value: values[at] }));
      operation.attempts.push({ readTimestamp: snapshot.timestamp, reads, scans: [], writes: new Map() });
      return values;
    });
  }

  /** Asks what became of transactions whose clients did not hear, its own or those of others. */
  async settle(): Promise<void> {
    const { open, database, history } = this.#parts;
    const running = this.random.chance(0.1) ? history.operations.filter(({ status }) => status === 'running') : [];
    if (this.random.chance(RUN_AGAIN)) await this.runAgain();
    for (const operation of [...this.random.sample(open, 3), ...this.random.sample(running, 1)]) {
      if (operation.id === undefined || operation.outcome !== undefined) continue;
      try {
        const outcome = await database.outcome(operation.id);
        if (outcome.status === 'active') continue;
        this.#record(operation, outcome);
      } catch (error) {
        this.#judge(error);
      }
    }
  }

  #record(operation: Operation, outcome: NonNullable<Operation['outcome']>): void {
    const before = operation.outcome;
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(outcome)) {
      this.#parts.fail(`outcome(${operation.id ?? ''}) was ${JSON.stringify(before)}, then ${JSON.stringify(outcome)}`);
    }
    operation.outcome = outcome;
    const at = this.#parts.open.indexOf(operation);
    if (at >= 0) this.#parts.open.splice(at, 1);
  }

  #begin(kind: Operation['kind'], isolation: Isolation = 'serializable'): Operation {
    return this.#parts.history.begin({ kind, client: this.name, session: this.#parts.session, isolation });
  }

  async #run<T>(operation: Operation, work: () => Promise<T>): Promise<T | undefined> {
    const { history, open } = this.#parts;
    try {
      const result = await work();
      history.end(operation, 'ok');
      return result;
    } catch (error) {
      const code = this.#judge(error);
      history.end(operation, code === 'CommitUnknown' ? 'unknown' : 'failed', code);
      if (code === 'CommitUnknown' && operation.id !== undefined) open.push(operation);
      return undefined;
    }
  }

  #judge(error: unknown): string {
    if (PandaError.is(error) && error.code !== 'Corruption') return error.code;
    this.#parts.fail(`${this.name}: ${String((error as Error).stack)}`);
    return PandaError.is(error) ? error.code : 'TypeError';
  }
}

/** One attempt at a transaction, written down. */
async function attemptAt<T>(
  operation: Operation,
  transaction: Transaction,
  body: (tx: RecordedTransaction) => Promise<T>,
): Promise<T> {
  const recorded = new RecordedTransaction(transaction);
  operation.attempts.push(recorded.attempt);
  const result = await body(recorded);
  await recorded.commit();
  return result;
}
