import { PandaError, timestampAt, type ShardStatus, type Timestamp } from '@pandakv/core';
import { Catalog, Coordinator, HybridClock, Router, Statistics } from '@pandakv/core/parts';
import { attemptOf, createShard, DEFAULT_SHARD_SETTINGS, newTransactionId, openLeader, type Shard } from '@pandakv/core/shard';
import { unfinishedOf } from '../checker/store-contents.js';
import { Store } from '../engine/store.js';
import { Random } from '../kernel/random.js';
import { NodeClock } from '../machine/node-clock.js';
import { Process } from '../machine/process.js';
import { RemoteShard } from '../network/remote-shard.js';
import { ExplorerScheduler } from './explorer-scheduler.js';
import { ModelEngine, type PendingWrite } from './model-engine.js';
import { stubOf, withBug, type ModelBug } from './model-bugs.js';
import { ModelNetwork, type Allowance } from './model-network.js';
import { isOver } from './no-effect.js';
import { textOfStore } from './row-text.js';
import { digestOf } from './state-digest.js';
import type { Transition } from './transition.js';

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
  readonly bug: ModelBug | undefined;
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
/** What nobody waits for is written at once, so that its completion is an event like others. */
const SETTINGS = { ...DEFAULT_SHARD_SETTINGS, lazyFlushMs: 0 };

/** What a life remembers beyond its rows, and the calls that it serves: what it was told, and answers to what it asked. */
const LEAVES_A_TRACE = / gets (?:learn|forget)| hears /;

/** One life of a leader or a coordinator. */
interface Life {
  readonly process: Process;
  /** What it remembers, in whatever order. */
  readonly met: string[];
  /** Recoveries of its own that are under way. */
  recovering: number;
}

/** Two shards and up to two transactions that write the same key on each, over the real coordinators and leaders. */
export class Model {
  readonly scheduler = new ExplorerScheduler();
  readonly stores: ReadonlyMap<string, Store>;
  readonly results: TransactionResult[] = [];
  readonly failures: string[] = [];
  readonly #options: ModelOptions;
  readonly #clock = new NodeClock(this.scheduler);
  readonly #lateClock = new NodeClock(this.scheduler);
  readonly #lives = new Map<string, Life>();
  readonly #leaders = new Map<string, Shard>();
  /** By label. */
  readonly #writes = new Map<string, PendingWrite>();
  /** Shards that have begun a recovery of their own. */
  readonly #recovered = new Set<string>();
  readonly #left: Allowance;
  readonly #network: ModelNetwork;

  constructor(options: ModelOptions) {
    const { crashes, losses, duplicates, recoveries, lagMs } = options;
    this.#options = options;
    const ignoresGuards = options.bug === 'guards-ignored';
    this.stores = new Map(SHARDS.map((id) => [id, new Store({ ignoresGuards })]));
    this.#left = { crashes, losses, duplicates, recoveries };
    this.#lateClock.set(-lagMs, 1);
    this.#network = new ModelNetwork({
      scheduler: this.scheduler,
      left: this.#left,
      leaderOf: (shard) => {
        const leader = this.#leaders.get(shard);
        return leader && { leader, process: this.#lives.get(shard)!.process };
      },
      judge: (error) => this.#codeOf(error),
      areCallsAlike: recoveries > 1,
    });
    this.scheduler.restrict = (transitions) => this.#restrict(transitions);
    this.scheduler.onTransition = ({ label, touches }) => {
      const [component] = touches as readonly [string];
      const life = this.#lives.get(component);
      if (life === undefined) return;
      if (!this.#isBusy(life)) life.met.length = 0;
      if (LEAVES_A_TRACE.test(label) || this.#isRecovering(component)) life.met.push(label);
      this.#offer(component);
    };
  }

  /** Opens the shards; nothing is chosen yet. */
  async open(): Promise<void> {
    let isOpen = false;
    const opening = async (): Promise<void> => {
      for (const id of SHARDS) {
        const engine = this.#engine(id);
        await createShard(engine, { database: 'model', shard: id, layout: LAYOUT });
        await this.#lead(id);
      }
      isOpen = true;
    };
    void opening().catch((error: unknown) => this.#fail(error));
    await this.scheduler.run(
      ([first]) => first,
      0,
      () => isOpen || this.failures.length > 0,
    );
  }

  /** Sends the transactions off: from here on the order of events is chosen. */
  start(): void {
    for (let number = 1; number <= this.#options.transactions; number++) this.#commit(number);
    for (const name of this.#lives.keys()) this.#offer(name);
  }

  /** No more harm is done. */
  heal(): void {
    Object.assign(this.#left, { crashes: 0, losses: 0, duplicates: 0, recoveries: 0 });
  }

  /**
   * Identifies the state: rows, what is under way, what each life has met in whatever order, calls that are being served, clocks,
   * answers, and the harm that is still allowed.
   */
  digest(): string {
    const { crashes, losses, duplicates, recoveries } = this.#left;
    const rows = [...this.stores].map(([id, store]) => `${id}: ${textOfStore(store)}`);
    const texts = [`left ${crashes} ${losses} ${duplicates} ${recoveries}`, ...rows, ...this.#network.open()];
    for (const label of this.scheduler.pending()) texts.push(label);
    for (const write of this.#writes.values()) if (write.isKeptOut()) texts.push(`${write.label} is kept out`);
    for (const label of this.scheduler.offered()) texts.push(`may ${label}`);
    for (const name of this.#recovered) texts.push(`${name} has recovered`);
    for (const [name, life] of this.#lives) {
      if (!life.process.isAlive) texts.push(`${name} is dead`);
      else if (this.#isBusy(life))
        texts.push(`${name} met ${(this.#isRecovering(name) ? life.met : [...life.met].sort()).join(', ')}`);
    }
    for (const [id, leader] of this.#leaders) {
      const { clock, prepared, unfinishedOutcomes } = leader.status() as ShardStatus;
      texts.push(`${id} ${clock} ${prepared} ${unfinishedOutcomes}`);
    }
    for (const { attempt, answer } of this.results) texts.push(`${attempt} ${JSON.stringify(answer)}`);
    return digestOf(texts);
  }

  /** Whether there is anything to recover. */
  #hasUnfinished(name: string): boolean {
    const leader = this.#leaders.get(name);
    if (leader === undefined) return false;
    return (leader.status() as ShardStatus).prepared > 0 || unfinishedOf(name, this.stores.get(name)!.rows).length > 0;
  }

  /** Two recoveries at a shard ask the same: which of them goes on with an answer depends on the order in which they began. */
  #isRecovering(name: string): boolean {
    return this.#options.recoveries > 1 && SHARDS.includes(name);
  }

  /** Whether it has begun anything that is not done: what it was told before matters no more otherwise, or shows in its rows. */
  #isBusy({ process, recovering }: Life): boolean {
    const text = this.stores.get(process.name.slice(0, 2));
    if (this.#network.isBusy(process) || recovering > 0) return true;
    return text !== undefined && unfinishedOf('', text.rows).length > 0;
  }

  #commit(number: number): void {
    const name = `c${number}`;
    const process = this.#begin(name, 1);
    const { environment } = process;
    const clock = new HybridClock(environment, SETTINGS.maxClockOffsetMs);
    const transport = this.#network.transport(name, process);
    const stubs = new Map(SHARDS.map((id) => [id, stubOf(id, transport, this.#options.bug)]));
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

  /** What may be done to somebody right after something has happened to it. */
  #offer(name: string): void {
    const left = this.#left;
    this.scheduler.offer({
      label: `kill ${name}`,
      isPossible: () => left.crashes > 0 && this.#lives.get(name)?.process.isAlive === true,
      run: () => {
        left.crashes--;
        this.#kill(name);
      },
    });
    this.scheduler.offer({
      label: `recover ${name}`,
      isPossible: () => left.recoveries > 0 && !this.#recovered.has(name) && this.#hasUnfinished(name),
      run: () => {
        left.recoveries--;
        this.#recovered.add(name);
        const life = this.#lives.get(name)!;
        life.recovering++;
        life.met.push('recovers');
        void this.#leaders
          .get(name)!
          .recover()
          .catch((error: unknown) => this.#codeOf(error))
          .finally(() => life.recovering--);
      },
    });
  }

  /**
   * Persistent sets (Godefroid): where one is found, the rest can as well come later.
   *
   * - What changes nothing wherever it comes: a batch that the guard will keep out for ever, and, if nobody dies any more, a call about a
   *   transaction that has ended there.
   * - All that is under way to a coordinator, if that is everything that it waits for: nobody can send it anything more before it has
   *   heard that, and what it hears touches nobody else.
   */
  #restrict(transitions: readonly Transition[]): readonly Transition[] {
    const idle = transitions.find(({ label, touches }) => {
      const [component] = touches as readonly [string];
      if (!SHARDS.includes(component)) return false;
      const write = this.#writes.get(label);
      if (write !== undefined) return write.isKeptOut();
      const call = this.#left.crashes === 0 ? this.#network.callOf(label) : undefined;
      return call !== undefined && isOver(call, this.stores.get(component)!);
    });
    if (idle !== undefined) return [idle];
    if (this.#options.duplicates > 0) return transitions;
    for (const [name, { process }] of this.#lives) {
      if (SHARDS.includes(name) || !process.isAlive) continue;
      const own = transitions.filter(({ touches }) => touches[0] === name);
      if (own.length > 0 && own.length === this.#network.awaitedBy(process)) return own;
    }
    return transitions;
  }

  #kill(name: string): void {
    this.#lives.get(name)?.process.kill();
    if (!SHARDS.includes(name)) return;
    this.#leaders.delete(name);
    void this.#lead(name, 2).catch((error: unknown) => this.#fail(error));
  }

  async #lead(id: string, life = 1): Promise<void> {
    const process = this.#begin(id, life);
    const transport = this.#network.transport(id, process);
    const leader = await openLeader({
      id,
      engine: this.#engine(id),
      environment: process.environment,
      settings: SETTINGS,
      peer: (peer) => new RemoteShard(peer, transport),
      clockFloor: 0,
    });
    if (process.isAlive) this.#leaders.set(id, withBug(leader, this.#options.bug));
  }

  #engine(id: string): ModelEngine {
    return new ModelEngine({ component: id, store: this.stores.get(id)!, scheduler: this.scheduler, writes: this.#writes });
  }

  #begin(name: string, life: number): Process {
    const clock = SHARDS.includes(name) ? this.#clock : this.#lateClock;
    const process = new Process(`${name} #${life}`, this.scheduler, clock, new Random(name.charCodeAt(1) * 8 + life));
    this.#lives.set(name, { process, met: [], recovering: 0 });
    return process;
  }

  #codeOf(error: unknown): string {
    if (!PandaError.is(error) || error.code === 'Corruption') this.#fail(error);
    return PandaError.is(error) ? error.code : 'TypeError';
  }

  #fail(error: unknown): void {
    if (this.failures.length < 5) this.failures.push(String((error as Error).stack));
  }
}
