import type { Environment, HybridClock, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { newTransactionId, runOf, transactionOf, type Finding, type Shard } from '../shard/index.js';
import { checkRemoval } from '../transaction/index.js';
import type { ShardDirectory } from './shard-directory.js';

/** What {@link Database.transact} answers under an id: that it committed now, or that it had committed before. */
export type RunResult<T> =
  | { readonly alreadyCommitted: false; readonly result: T; readonly timestamp: Timestamp }
  | { readonly alreadyCommitted: true; readonly timestamp: Timestamp };

/** The right to make attempts at a transaction, or when it committed before. */
export type Claim =
  | { readonly committedAt: Timestamp }
  /** What the numbers of its attempts follow. */
  | { readonly committedAt?: undefined; readonly attempts: string };

export interface IdentifiedRunsParts {
  readonly environment: Environment;
  readonly clock: HybridClock;
  readonly shards: ShardDirectory;
  /** When a shard was removed last. */
  readonly lastRemoval: () => Promise<Timestamp>;
}

/** Ids that were given out here and not used yet: no shard has heard of them. */
const FRESH_MAX = 16_384;

/**
 * Transactions under ids that their callers keep, so that one that is run again, after a crash or a lost answer, commits once (P6). A run
 * begins when it is known what became of the runs before it, and when no shard takes an attempt of theirs any more
 * (docs/protocol/recovery.md).
 */
export class IdentifiedRuns {
  readonly #parts: IdentifiedRunsParts;
  readonly #tag: string;
  readonly #fresh = new Set<string>();
  /** The last run under an id that has not ended. */
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(parts: IdentifiedRunsParts, coordinatorTag: string) {
    this.#parts = parts;
    this.#tag = coordinatorTag;
  }

  newId(): string {
    const id = newTransactionId(this.#parts.clock.now(), this.#tag);
    if (this.#fresh.size >= FRESH_MAX) for (const oldest of this.#fresh) if (this.#fresh.delete(oldest)) break;
    this.#fresh.add(id);
    return id;
  }

  /** Somebody asks for its outcome, which may forbid it. */
  isAskedFor(id: string): void {
    this.#fresh.delete(id);
  }

  /** Runs one after another what has the same id. */
  async inTurn<T>(id: string, work: (claim: Claim) => Promise<T>): Promise<T> {
    const before = this.#running.get(id);
    const run = (before ?? Promise.resolve()).then(async () => await work(await this.#claim(id)));
    const ended: Promise<unknown> = run
      .catch(() => undefined)
      .finally(() => {
        if (this.#running.get(id) === ended) this.#running.delete(id);
      });
    this.#running.set(id, ended);
    return await run;
  }

  async #claim(id: string): Promise<Claim> {
    if (this.#fresh.delete(id)) return { attempts: id };
    const run = this.#parts.clock.now();
    const shards = this.#parts.shards.all();
    for (;;) {
      const findings = await Promise.all(shards.map((shard) => shard.forbid(id, run)));
      const committedAt = committedAtOf(findings);
      if (committedAt !== undefined) return this.#committed(committedAt);
      if (findings.some(({ state }) => state === 'aborted')) throw forbidden(id);
      const open = findings.findIndex(({ state }) => state === 'prepared');
      if (open < 0) {
        checkRemoval(id, await this.#parts.lastRemoval());
        return { attempts: runOf(id, run) };
      }
      const decision = await settle(findings[open]!, shards[open]!, shards);
      if (decision !== undefined) return this.#committed(decision);
    }
  }

  #committed(committedAt: Timestamp): Claim {
    this.#parts.clock.advance(committedAt);
    return { committedAt };
  }
}

function committedAtOf(findings: readonly Finding[]): Timestamp | undefined {
  for (const finding of findings) if (finding.state === 'committed') return finding.committedAt;
  return undefined;
}

/** Finds out what became of an attempt that is prepared; answers when it committed, if it did. */
async function settle(finding: Finding, shard: Shard, shards: readonly Shard[]): Promise<Timestamp | undefined> {
  if (finding.state !== 'prepared') return undefined;
  const anchor = shards.find(({ id }) => id === finding.anchor);
  if (anchor === undefined) throw new PandaError('ShardUnavailable', 'The anchor cannot be asked', { shard: finding.anchor });
  const decision = await anchor.resolve(finding);
  if (decision.committedAt === undefined) await shard.apply(finding.transaction, decision);
  return decision.committedAt;
}

function forbidden(id: string): PandaError {
  return new PandaError(
    'InvalidArgument',
    'The outcome of this id was asked for before it committed; it runs under another id only',
    {
      transactionId: transactionOf(id),
    },
  );
}
