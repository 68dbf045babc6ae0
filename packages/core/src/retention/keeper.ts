import type { RetentionRecord } from '../catalog/index.js';
import { TICKS_PER_MS, type Environment, type HybridClock, type Timer, type Timestamp } from '../clock/index.js';
import { allMoves, type SystemTransactions } from '../rebalance/index.js';
import { thresholdOf, type Backlog, type Collection, type CollectRequest, type Threshold } from '../shard/index.js';
import type { Transaction } from '../transaction/index.js';
import { advanced, retentionOf } from './advance.js';
import { allProtections, allRetentions, deleteProtection, putRetention } from './retention-records.js';

/** How often it is looked whether something is due, as a part of the shortest retention, and its bounds in milliseconds. */
const LOOKS_PER_RETENTION = 20;
const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 60_000;
/** What was changed is looked at so soon, in milliseconds. */
const WAKE_MS = 20;

export interface KeeperParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly transactions: SystemTransactions;
  /** Of all shards of users' data. */
  readonly collections: () => readonly Collection[];
  /** Has the system shard give up what nobody needs. */
  readonly collectSystem: (request: CollectRequest) => Promise<void>;
  /** How long what became of a transaction can be looked up, at least, in milliseconds. */
  readonly outcomeRetentionMs: number;
}

interface Due {
  /** As they were before. */
  readonly records: readonly RetentionRecord[];
  readonly thresholds: readonly Threshold[];
  /** Groups older than that are needed by nobody; undefined while a move may need them. */
  readonly journalBefore: Timestamp | undefined;
}

/**
 * Decides what the shards may give up: raises the thresholds in the catalog, in one transaction with a look at what is protected, then
 * tells the shards. Writes nothing while no shard has anything to give up.
 */
export class Keeper {
  readonly #parts: KeeperParts;
  #timer: Timer | undefined;
  /** One look after the other, so that who has looked knows that the shards were told. */
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** How often what is kept was changed. */
  #changes = 0;
  /** What the catalog said at the last look; undefined since it was changed. */
  #records: readonly RetentionRecord[] | undefined;
  #pauseMs = PAUSE_MS_MAX;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Has the shards refuse what the catalog says is given up, whether they had got so far or not. From then on looks now and then. */
  async start(): Promise<void> {
    const records = await this.#parts.transactions.run(allRetentions);
    const thresholds = thresholdsOf(records);
    const isAny = thresholds.some(({ timestamp }) => timestamp > 0);
    if (isAny) await this.#tell({ thresholds, journalBefore: undefined });
    this.#pauseMs = pauseFor(records);
    this.#schedule(this.#pauseMs);
  }

  /** Looks soon: what is kept was changed. */
  wake(): void {
    this.#changes++;
    this.#records = undefined;
    this.#schedule(WAKE_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  /** Has the shards give up what they may, by now. */
  async look(): Promise<void> {
    const looking = this.#looking.then(() => this.#look());
    this.#looking = looking.catch(() => undefined);
    await looking;
  }

  async #look(): Promise<void> {
    const collections = this.#parts.collections();
    const backlogs = (await Promise.all(collections.map((collection) => collection.backlog()))).flat();
    if (!this.#mayBeDue(backlogs)) return;
    const changes = this.#changes;
    const { records, thresholds, journalBefore } = await this.#parts.transactions.run((tx) => this.#raise(tx, backlogs));
    if (changes === this.#changes) this.#records = records;
    this.#pauseMs = pauseFor(records);
    const isDue = backlogs.some((backlog) => isBehind(backlog, thresholds, journalBefore));
    if (!isDue) return;
    await this.#tell({ thresholds, journalBefore });
    // Of the catalog's own versions nobody reads old ones. Its journal is looked at by recoveries alone.
    const own = [{ prefix: '', timestamp: thresholdOf('', thresholds) }];
    await this.#parts.collectSystem({ thresholds: own, journalBefore });
  }

  /** Whether a shard would have something to give up if nothing were protected and no move under way. */
  #mayBeDue(backlogs: readonly Backlog[]): boolean {
    if (this.#records === undefined) return true;
    const thresholds = thresholdsOf(advanced(this.#records, [], this.#parts.clock.now()));
    return backlogs.some((backlog) => isBehind(backlog, thresholds, this.#journalBefore(thresholds)));
  }

  async #tell(request: CollectRequest): Promise<void> {
    await Promise.all(this.#parts.collections().map((collection) => collection.collect(request)));
  }

  /** There is one timer, whoever asks for a look while one is under way. */
  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer?.cancel();
    this.#timer = this.#parts.environment.setTimer(delayMs, () => this.#lookOnce(), { background: true });
  }

  #lookOnce(): void {
    const changes = this.#changes;
    // What fails now (a shard cannot be reached, the database closes) is tried again in its time.
    void this.look()
      .catch(() => undefined)
      .finally(() => this.#schedule(changes === this.#changes ? this.#pauseMs : WAKE_MS));
  }

  /** Raises the thresholds where a shard has something to give up by them. */
  async #raise(transaction: Transaction, backlogs: readonly Backlog[]): Promise<Due> {
    const { clock, environment } = this.#parts;
    const records = await allRetentions(transaction);
    const protections = await allProtections(transaction);
    const moves = await allMoves(transaction);
    const wall = environment.now();
    const standing = protections.filter(({ expiresAt }) => expiresAt > wall);
    const next = advanced(records, standing, clock.now());
    const thresholds = thresholdsOf(next);
    const journalBefore = moves.length > 0 ? undefined : this.#journalBefore(thresholds);
    if (backlogs.some((backlog) => isBehind(backlog, thresholds, journalBefore))) {
      for (const record of next) putRetention(transaction, record);
      for (const { name, expiresAt } of protections) if (expiresAt <= wall) deleteProtection(transaction, name);
    }
    return { records, thresholds, journalBefore };
  }

  /** Groups older than that are needed by nobody but moves. */
  #journalBefore(thresholds: readonly Threshold[]): Timestamp {
    const { clock, outcomeRetentionMs } = this.#parts;
    return Math.min(...thresholds.map(({ timestamp }) => timestamp), clock.last - outcomeRetentionMs * TICKS_PER_MS);
  }
}

function thresholdsOf(records: readonly RetentionRecord[]): Threshold[] {
  return records.map(({ prefix, threshold }) => ({ prefix, timestamp: threshold }));
}

function pauseFor(records: readonly RetentionRecord[]): number {
  const shortest = Math.min(...records.map(({ prefix }) => retentionOf(prefix, records)));
  return Math.min(Math.max(shortest / LOOKS_PER_RETENTION, PAUSE_MS_MIN), PAUSE_MS_MAX);
}

/** Whether a shard has something to give up by the thresholds. */
function isBehind({ prefixes, journal }: Backlog, thresholds: readonly Threshold[], journalBefore = 0): boolean {
  if (journal !== undefined && journal < journalBefore) return true;
  const oldest = prefixes.map((known) => ({ prefix: known.prefix, timestamp: known.oldest ?? Infinity }));
  return thresholds.some(({ prefix, timestamp }) => thresholdOf(prefix, oldest) <= timestamp);
}
