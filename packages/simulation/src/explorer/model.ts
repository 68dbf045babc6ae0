import { PandaError, timestampAt, type Timestamp } from '@pandakv/core';
import { Catalog, Coordinator, HybridClock, Router, Statistics } from '@pandakv/core/parts';
import {
  attemptOf,
  createShard,
  DEFAULT_SHARD_SETTINGS,
  newTransactionId,
  openLeader,
  type DecideRequest,
  type Decision,
  type Shard,
} from '@pandakv/core/shard';
import { Store } from '../engine/store.js';
import { Random } from '../kernel/random.js';
import { NodeClock } from '../machine/node-clock.js';
import { Process } from '../machine/process.js';
import { copyPlainData } from '../network/plain-data.js';
import { perform, RemoteShard, type ShardCall, type Transport } from '../network/remote-shard.js';
import { decodeError, encodeError } from '../network/wire-error.js';
import { ExplorerScheduler } from './explorer-scheduler.js';
import { ModelEngine } from './model-engine.js';

export interface ModelOptions {
  readonly transactions: 1 | 2;
  /** How many processes may die, coordinators or leaders; a leader is replaced at once. */
  readonly crashes: number;
  /** How many messages may be lost. */
  readonly losses: number;
  /** How many messages may arrive twice. */
  readonly duplicates: number;
  /** How many shards may begin a recovery of all that they have prepared, whenever they like. */
  readonly recoveries: number;
  /** How far the coordinators' clocks are behind; beyond the greatest offset they refuse what all have prepared. */
  readonly lagMs: number;
  /** Plants the bug that the protocol's ordering keeps away: an outcome is passed on before it is durable at the anchor. */
  readonly isHasty: boolean;
}

export interface TransactionResult {
  readonly attempt: string;
  /** What its caller was told; missing when the coordinator died. */
  answer?: { readonly committedAt: Timestamp } | { readonly error: string };
}

const LAYOUT = [
  { id: 'r1', start: '', end: 'm', shard: 's1' },
  { id: 'r2', start: 'm', end: undefined, shard: 's2' },
];
const SHARDS = ['s1', 's2'];
const KEY_OF: Record<string, string> = { s1: 'a', s2: 'x' };
const DEADLINE_MS = 8_000;

/** Two shards and up to two transactions that write the same key on each, over the real coordinators and leaders. */
export class Model {
  readonly scheduler = new ExplorerScheduler();
  readonly stores = new Map(SHARDS.map((id) => [id, new Store()]));
  readonly results: TransactionResult[] = [];
  readonly failures: string[] = [];
  readonly #options: ModelOptions;
  readonly #clock = new NodeClock(this.scheduler);
  readonly #lateClock = new NodeClock(this.scheduler);
  readonly #processes = new Map<string, Process>();
  readonly #leaders = new Map<string, Shard>();
  #left: { crashes: number; losses: number; duplicates: number; recoveries: number };
  #lives = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#left = { ...options };
    this.#lateClock.set(-options.lagMs, 1);
  }

  /** Opens the shards; nothing is chosen yet. */
  async open(): Promise<void> {
    let isOpen = false;
    const opening = async (): Promise<void> => {
      for (const id of SHARDS) {
        const engine = new ModelEngine(this.stores.get(id)!, this.scheduler, id);
        await createShard(engine, { database: 'model', shard: id, layout: LAYOUT });
        await this.#lead(id);
      }
      isOpen = true;
    };
    void opening().catch((error: unknown) => this.#fail(error));
    await this.scheduler.run(
      () => 0,
      0,
      () => isOpen || this.failures.length > 0,
    );
  }

  /** Sends the transactions off: from here on the order of events is chosen. */
  start(): void {
    for (let number = 1; number <= this.#options.transactions; number++) this.#commit(number);
    this.#allow();
  }

  /** No more harm is done. */
  heal(): void {
    this.#left = { crashes: 0, losses: 0, duplicates: 0, recoveries: 0 };
  }

  #commit(number: number): void {
    const name = `c${number}`;
    const process = this.#process(name);
    const { environment } = process;
    const clock = new HybridClock(environment, DEFAULT_SHARD_SETTINGS.maxClockOffsetMs);
    const transport = this.#transport(name, process);
    const stubs = new Map(SHARDS.map((id) => [id, this.#stub(id, transport)]));
    const router = new Router(new Catalog(LAYOUT.map((range) => ({ ...range, epoch: 1 }))), (id) => stubs.get(id)!);
    const coordinator = new Coordinator({ environment, clock, router, statistics: new Statistics() });
    const start = timestampAt(environment.now()) + number;
    const result: TransactionResult = { attempt: attemptOf(newTransactionId(start, 'coordinator'.slice(0, 10)), 1) };
    this.results.push(result);
    // The first key that is written decides who the anchor is: another one for each transaction.
    const shards = number === 1 ? SHARDS : [...SHARDS].reverse();
    const commit = coordinator.commit({
      transaction: result.attempt,
      readTimestamp: start,
      expiry: timestampAt(environment.now() + DEADLINE_MS),
      readKeys: new Map(),
      readSpans: [],
      writeKeys: shards.map((id) => KEY_OF[id]!),
      writeValues: shards.map(() => Buffer.from(`t${number}`)),
      preconditions: [],
    });
    void commit.then(
      (committedAt) => (result.answer = { committedAt }),
      (error: unknown) => {
        result.answer = { error: this.#codeOf(error) };
      },
    );
  }

  #allow(): void {
    const victims = [...this.results.map((_, at) => `c${at + 1}`), ...SHARDS];
    for (const victim of victims) this.#intrude(`kill ${victim}`, 'crashes', victim, () => this.#kill(victim));
    for (const id of SHARDS) {
      this.#intrude(`recover ${id}`, 'recoveries', id, () => {
        void this.#leaders
          .get(id)
          ?.recover()
          .catch((error: unknown) => this.#codeOf(error));
      });
    }
  }

  #intrude(label: string, budget: 'crashes' | 'recoveries', component: string, run: () => void): void {
    let isDone = false;
    this.scheduler.intrusions.push({
      label,
      isPossible: () => !isDone && this.#left[budget] > 0 && (budget === 'crashes' || this.#leaders.has(component)),
      run: () => {
        isDone = true;
        this.#left[budget]--;
        this.scheduler.note(component, label);
        run();
      },
    });
  }

  #kill(name: string): void {
    this.#processes.get(name)?.kill();
    if (!SHARDS.includes(name)) return;
    this.#leaders.delete(name);
    void this.#lead(name).catch((error: unknown) => this.#fail(error));
  }

  async #lead(id: string): Promise<void> {
    const process = this.#process(id);
    const transport = this.#transport(id, process);
    const leader = await openLeader({
      id,
      engine: new ModelEngine(this.stores.get(id)!, this.scheduler, id),
      environment: process.environment,
      settings: DEFAULT_SHARD_SETTINGS,
      peer: (peer) => new RemoteShard(peer, transport),
      clockFloor: 0,
    });
    if (process.isAlive) this.#leaders.set(id, leader);
  }

  #process(name: string): Process {
    const clock = SHARDS.includes(name) ? this.#clock : this.#lateClock;
    const process = new Process(name, this.scheduler, clock, new Random(++this.#lives));
    this.#processes.set(name, process);
    return process;
  }

  #stub(id: string, transport: Transport): Shard {
    return this.#options.isHasty ? new HastyShard(id, transport) : new RemoteShard(id, transport);
  }

  #transport(from: string, process: Process): Transport {
    return {
      local: (shard) => (shard === from ? this.#leaders.get(shard) : undefined),
      call: (call, timeoutMs, onTimeout) =>
        new Promise((resolve, reject) => {
          const timer = process.environment.setTimer(timeoutMs, () => reject(onTimeout()));
          this.#send(from, call, (settle) => {
            timer.cancel();
            if (process.isAlive) settle(resolve, reject);
          });
        }),
      tell: (call) => this.#send(from, call, undefined),
    };
  }

  #send(from: string, call: ShardCall, onAnswer: ((settle: Settle) => void) | undefined): void {
    const args = copyPlainData(call.args);
    const text = `${call.method} ${JSON.stringify(args)}`;
    const answer = (label: string, settle: Settle): void => this.#message(`${from} hears ${label}`, () => onAnswer?.(settle));
    const deliver = (): void => {
      const leader = this.#leaders.get(call.shard);
      if (leader === undefined) return;
      const process = this.#processes.get(call.shard)!;
      void perform(leader, { ...call, args: copyPlainData(args) }).then(
        (value) => {
          if (process.isAlive && onAnswer !== undefined) {
            answer(`${text} ${JSON.stringify(value) ?? ''}`, (resolve) => resolve(copyPlainData(value)));
          }
        },
        (error: unknown) => {
          const code = this.#codeOf(error);
          if (!process.isAlive || onAnswer === undefined || !PandaError.is(error)) return;
          answer(`${text} ${code}`, (_, reject) => reject(decodeError(encodeError(error))));
        },
      );
    };
    this.#message(`${call.shard} gets ${text} of ${from}`, deliver);
  }

  /** A message is an event; whether it is lost, or comes twice, is one more choice. */
  #message(label: string, deliver: () => void): void {
    let isOver = false;
    const arrive = (copy: string, run: () => void): void => {
      this.scheduler.schedule(0, { kind: 'message', label: label + copy, run });
    };
    arrive('', () => {
      isOver = true;
      if (!isLost) deliver();
    });
    let isLost = false;
    let isDoubled = false;
    this.scheduler.intrusions.push(
      {
        label: `lose ${label}`,
        isPossible: () => this.#left.losses > 0 && !isOver && !isLost,
        run: () => {
          this.#left.losses--;
          isLost = true;
        },
      },
      {
        label: `double ${label}`,
        isPossible: () => this.#left.duplicates > 0 && !isOver && !isDoubled && !label.includes(' hears '),
        run: () => {
          this.#left.duplicates--;
          isDoubled = true;
          arrive(' again', deliver);
        },
      },
    );
  }

  #codeOf(error: unknown): string {
    if (!PandaError.is(error) || error.code === 'Corruption') this.#fail(error);
    return PandaError.is(error) ? error.code : 'TypeError';
  }

  #fail(error: unknown): void {
    if (this.failures.length < 5) this.failures.push(String((error as Error).stack));
  }
}

type Settle = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** Passes an outcome on at once, whether the anchor has made it durable or not. */
class HastyShard extends RemoteShard {
  override decide(request: DecideRequest): Promise<Decision> {
    void super.decide(request).catch(() => undefined);
    return Promise.resolve(request.decision);
  }
}
