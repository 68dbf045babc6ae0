import { planLayout } from '@pandakv/core/parts';
import { checkLatestReads, checkRealTime, type RealTimeScope } from './checker/real-time.js';
import { judgeHistory } from './checker/judge-history.js';
import { Replay } from './checker/replay.js';
import { misplaced } from './checker/placement.js';
import { readStores, valueAt } from './checker/store-contents.js';
import { UnfinishedRows } from './checker/unfinished-rows.js';
import { DeathByCount } from './cluster/death-by-count.js';
import { EmbeddedCluster } from './cluster/embedded-cluster.js';
import { drawFaults, type FaultPlan } from './cluster/fault-plan.js';
import type { Cluster, Member } from './cluster/member.js';
import { NemesisRunner } from './cluster/nemesis.js';
import { NodeCluster } from './cluster/node-cluster.js';
import type { PlantedBug } from './cluster/planted-bug.js';
import type { Companion } from './companion/companion.js';
import { ShardChanges } from './companion/shard-changes.js';
import { drawCompanions } from './companion/draw-companions.js';
import { DEADLINE_MS, drawSettings } from './cluster/settings.js';
import type { World } from './cluster/world.js';
import { StoreServer } from './engine/store-server.js';
import { Counters } from './kernel/counters.js';
import { Random } from './kernel/random.js';
import { TimedScheduler } from './kernel/timed-scheduler.js';
import { Trace } from './kernel/trace.js';
import { limited, type Limits } from './limits.js';
import { Network } from './network/network.js';
import { ClientCrew } from './workload/client-crew.js';
import { History } from './workload/history.js';
import { WORKLOADS, type WorkloadName } from './workload/workloads.js';
import { KEYS, type Workload } from './workload/workload.js';

export type Topology = 'embedded' | 'nodes';

export interface SimulationOptions {
  readonly seed: number;
  readonly workload: WorkloadName;
  /** One process over all shards, or several nodes; the seed decides unless given. */
  readonly topology?: Topology | undefined;
  readonly bug?: PlantedBug | undefined;
  /** Without any fault, and without changes of ranges. */
  readonly isCalm?: boolean | undefined;
  /** The process of the first client dies after so many of the steps that it does from when clients begin to work. */
  readonly diesAfter?: number | undefined;
  /** Real time counts between clients of different nodes too. */
  readonly isStrict?: boolean | undefined;
  /** Makes less happen than the seed would. */
  readonly limits?: Limits | undefined;
  /** How many of the last events a failure shows. */
  readonly tail?: number | undefined;
}

export interface SimulationResult {
  readonly seed: number;
  readonly workload: WorkloadName;
  readonly topology: Topology;
  readonly nodes: number;
  readonly shards: number;
  readonly failures: readonly string[];
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly events: number;
  readonly operations: number;
  readonly commits: number;
  readonly counters: Counters;
  readonly tail: readonly string[];
}

const FAULTS_FOR_MS = 12_000;
const SPARE_SHARDS = 2;
const START_WITHIN_MS = 20_000;
const FINISH_WITHIN_MS = 120_000;
/** Aborts are kept for the outcome retention. */
const QUIET_WITHIN_MS = 6 * DEADLINE_MS + 60_000;

/** Runs one seed: a time of faults, a time of healing, and the checks. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  return await new Simulation(options).run();
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #random: Random;
  readonly #trace: Trace;
  readonly #scheduler: TimedScheduler;
  readonly #counters = new Counters();
  readonly #failures: string[] = [];
  readonly #history: History;
  readonly #workload: Workload;
  readonly #topology: Topology;
  readonly #servers: Map<string, StoreServer>;
  readonly #cluster: Cluster;
  readonly #plan: FaultPlan;
  readonly #world: World;
  readonly #crew: ClientCrew;
  /** What goes on beside the clients. */
  #companions: readonly Companion[] = [];
  #isWorking = false;
  #isSettling = false;
  #isSettled = false;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#trace = new Trace(options.tail ?? 0);
    this.#scheduler = new TimedScheduler(this.#random.fork(), this.#trace);
    this.#workload = WORKLOADS[options.workload]();
    const random = this.#random.fork();
    this.#topology = options.topology ?? (random.chance(0.3) ? 'embedded' : 'nodes');
    const ids = Array.from({ length: 1 + random.below(5) }, (_, at) => `s${at + 1}`);
    this.#servers = new Map(ids.map((id) => [id, this.#newServer(id)]));
    const settings = drawSettings(random);
    this.#plan = limited(drawFaults(random, settings.maxClockOffsetMs), options.limits?.without ?? []);
    const network = new Network(this.#scheduler, this.#random.fork(), this.#counters);
    this.#world = {
      scheduler: this.#scheduler,
      random: this.#random.fork(),
      counters: this.#counters,
      trace: this.#trace,
      network,
      servers: this.#servers,
      settings,
      readsAtOnce: random.chance(0.5),
      bug: options.bug,
      fail: (what) => this.#fail(what),
    };
    this.#history = new History(this.#trace);
    this.#cluster = this.#newCluster(ids, 2 + random.below(3));
    this.#crew = new ClientCrew(this.#world, this.#cluster, this.#workload, this.#history, options.limits);
    if (this.#cluster instanceof EmbeddedCluster) {
      this.#companions = drawCompanions(random, this.#world, this.#cluster, options.isCalm === true);
      if (this.#companions.some((companion) => companion instanceof ShardChanges)) this.#addServers(ids.length);
    }
  }

  async run(): Promise<SimulationResult> {
    await this.#start();
    if (this.#failures.length === 0) await this.#work();
    if (this.#failures.length === 0) await this.#becomeQuiet();
    const commits = this.#check();
    return {
      seed: this.#options.seed,
      workload: this.#options.workload,
      topology: this.#topology,
      nodes: this.#cluster.members.length,
      shards: this.#servers.size,
      failures: this.#failures,
      traceHash: this.#trace.hash,
      virtualMs: this.#scheduler.now,
      events: this.#scheduler.events,
      operations: this.#history.operations.length,
      commits,
      counters: this.#counters,
      tail: this.#trace.tail,
    };
  }

  #fail(what: string): void {
    if (this.#failures.length < 20) this.#failures.push(`at ${this.#scheduler.now.toFixed(3)} ms: ${what}`);
  }

  /** For shards that are added later. */
  #addServers(count: number): void {
    for (let more = 1; more <= SPARE_SHARDS; more++) {
      const id = `s${count + more}`;
      this.#servers.set(id, this.#newServer(id));
    }
  }

  #newServer(id: string): StoreServer {
    const { bug } = this.#options;
    return new StoreServer({
      id,
      scheduler: this.#scheduler,
      random: this.#random.fork(),
      counters: this.#counters,
      losesSynced: bug === 'engine-loses-synced-writes',
      ignoresGuards: bug === 'engine-ignores-guards',
      keepsGivenRanges: bug === 'engine-keeps-given-ranges',
    });
  }

  #newCluster(ids: readonly string[], nodes: number): Cluster {
    const splits = this.#splits(ids);
    const events = {
      up: (member: Member) => {
        this.#crew.start(member);
        if (this.#isSettling) this.#settleIn(member);
        else if (this.#isWorking) this.#startCompanions(member);
      },
      down: () => undefined,
    };
    if (this.#topology === 'embedded') return new EmbeddedCluster(this.#world, splits, events);
    const ranges = planLayout(ids, splits);
    return new NodeCluster(this.#world, nodes, ranges, events);
  }

  /** Keys begin with two digits: one to three ranges for each shard, in random order. */
  #splits(ids: readonly string[]): { key: string; shard: string }[] {
    const random = this.#random.fork();
    if (ids.length === 1) return [];
    const count = (ids.length - 1) * (1 + random.below(3));
    const keys = random
      .sample(
        Array.from({ length: KEYS - 1 }, (_, at) => String(at + 1).padStart(2, '0')),
        count,
      )
      .sort();
    return keys.map((key, at) => ({ key, shard: ids[(at + 1) % ids.length]! }));
  }

  async #start(): Promise<void> {
    await this.#createStores();
    this.#cluster.start();
    await this.#until(START_WITHIN_MS, () => this.#cluster.isReady, 'start');
    let isDone = false;
    void this.#workload.setUp(this.#crew.newClient('c0', this.#cluster.members[0]!)).then(() => (isDone = true));
    await this.#until(START_WITHIN_MS, () => isDone, 'set up');
  }

  /** Several nodes find their shards created. */
  async #createStores(): Promise<void> {
    if (this.#cluster instanceof NodeCluster) {
      const creating = this.#cluster.createStores().then(
        () => undefined,
        (error: unknown) => this.#fail(String(error)),
      );
      let isDone = false;
      void creating.then(() => (isDone = true));
      await this.#until(START_WITHIN_MS, () => isDone, 'create its stores');
    }
  }

  async #work(): Promise<void> {
    const nemesis = new NemesisRunner(this.#world, this.#cluster, this.#plan);
    if (this.#options.isCalm !== true) nemesis.start();
    if (this.#options.diesAfter !== undefined) this.#planDeath(this.#options.diesAfter);
    this.#crew.open();
    this.#isWorking = true;
    for (const member of this.#cluster.members) this.#startCompanions(member);
    const isDone = (): boolean => this.#failures.length > 0 || this.#crew.isFinished;
    const forMs = this.#options.limits?.faultsForMs ?? FAULTS_FOR_MS;
    await this.#scheduler.run(this.#scheduler.now + forMs, isDone);
    nemesis.heal();
    for (const companion of this.#companions) companion.stop();
    await this.#until(FINISH_WITHIN_MS, () => this.#crew.isFinished && this.#cluster.isReady, 'finish');
    await this.#settle();
  }

  #planDeath(steps: number): void {
    const member = this.#crew.memberOf(1);
    new DeathByCount(this.#world, member, steps).arm(member.process!);
  }

  #startCompanions({ database, process }: Member): void {
    for (const companion of this.#companions) companion.start(database!, process!);
  }

  /** In the end no move is under way, and feeds have told all. */
  async #settle(): Promise<void> {
    if (this.#failures.length > 0 || this.#companions.length === 0) return;
    this.#isSettling = true;
    this.#settleIn(this.#cluster.members[0]!);
    await this.#until(FINISH_WITHIN_MS, () => this.#isSettled, 'end its moves and feeds');
  }

  /** In each life of the process until it is done. A migration waits for the moves of its ranges, so all are ended at once. */
  #settleIn({ database, process }: Member): void {
    const settle = async (): Promise<void> => {
      await Promise.all(this.#companions.map((companion) => companion.settle(database!, process!)));
      await Promise.all(this.#companions.map(async (companion) => await companion.conclude?.(database!, process!)));
    };
    settle().then(
      () => (this.#isSettled = true),
      (error: unknown) => this.#fail(`Moves or feeds did not end: ${String((error as Error).stack)}`),
    );
  }

  /** In the end nothing is left of any transaction but its versions and its place in the journal, and nothing of any move. */
  async #becomeQuiet(): Promise<void> {
    const given = [...this.#servers.values()].filter(({ id }) => this.#isGiven(id));
    const unfinished = new UnfinishedRows(given, (servers) =>
      this.#companions.flatMap((companion) => companion.unfinished?.(servers) ?? []),
    );
    await this.#scheduler.run(
      this.#scheduler.now + QUIET_WITHIN_MS,
      () => this.#failures.length > 0 || unfinished.rows.length === 0,
    );
    for (const row of unfinished.rows) this.#fail(`is left when all is quiet: ${row}`);
    for (const what of misplaced(this.#servers.values())) this.#fail(what);
  }

  /** Nobody tidies up a shard that was removed. */
  #isGiven(id: string): boolean {
    return !(this.#cluster instanceof EmbeddedCluster) || this.#cluster.given.has(id);
  }

  async #until(withinMs: number, isDone: () => boolean, what: string): Promise<void> {
    await this.#scheduler.run(this.#scheduler.now + withinMs, () => this.#failures.length > 0 || isDone());
    if (this.#failures.length > 0 || isDone()) return;
    this.#fail(`did not ${what} within ${withinMs} ms; under way: ${this.#history.running.join(', ') || 'nothing'}`);
  }

  #check(): number {
    if (this.#failures.length > 0) return 0;
    try {
      const contents = readStores(this.#servers.values());
      const { failures, effects } = new Replay(contents).check(this.#history.operations);
      const scope: RealTimeScope = this.#topology === 'embedded' || this.#options.isStrict === true ? 'all' : 'session';
      const final = new Map(
        [...contents.versions.keys()].flatMap((key) => {
          const value = valueAt(contents, key, Number.MAX_SAFE_INTEGER);
          return value === undefined ? [] : [[key, value] as const];
        }),
      );
      const all = [
        ...failures,
        ...checkRealTime(effects, scope),
        ...checkLatestReads(this.#history.operations, effects, contents, scope),
        ...this.#workload.check(this.#history, final),
        ...this.#companions.flatMap((companion) => companion.check?.(contents) ?? []),
        ...judgeHistory(this.#options.workload, this.#history.operations, scope === 'all'),
      ];
      for (const failure of all) this.#fail(failure);
      return effects.filter(({ isWrite }) => isWrite).length;
    } catch (error) {
      this.#fail(`The stores cannot be read: ${String((error as Error).stack)}`);
      return 0;
    }
  }
}
