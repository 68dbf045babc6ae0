import { isTimestamp, TICKS_PER_MS, type Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyBytes, LIMITS, toKey, type Bytes, type Key } from '../keys/index.js';
import { thresholdOf } from '../shard/index.js';
import { BoundedCalls, type CallOptions, type Transaction } from '../transaction/index.js';
import { retentionOf } from './advance.js';
import { Keeper, type KeeperParts } from './keeper.js';
import { allProtections, allRetentions, deleteProtection, putProtection, putRetention } from './retention-records.js';

const NAME_BYTES_MAX = 256;

/** How long versions of keys with a prefix are kept. */
export interface PrefixRetention {
  readonly prefix: Uint8Array;
  readonly ms: number;
  /** Reads below fail with `SnapshotTooOld`. */
  readonly threshold: Timestamp;
}

/** What keeps versions longer. */
export interface Protection {
  readonly name: string;
  readonly timestamp: Timestamp;
  /** Wall time, in milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface RetentionStatus {
  /** That of all other keys first, under the empty prefix. */
  readonly prefixes: readonly PrefixRetention[];
  readonly protections: readonly Protection[];
  /** For each shard how far its collector is behind what it was told, in milliseconds. */
  readonly shards: readonly { readonly id: string; readonly lagMs: number }[];
}

/**
 * How long superseded versions are kept, so that they can be read: one hour, unless it is set otherwise. What is older is removed in
 * the background, and reading there fails with `SnapshotTooOld` (docs/protocol/collection.md).
 */
export class Retention {
  readonly #parts: KeeperParts;
  readonly #keeper: Keeper;
  readonly #calls: BoundedCalls;

  /** @internal */
  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#keeper = new Keeper(parts);
    this.#calls = new BoundedCalls(parts.environment);
  }

  /** @internal */
  async start(): Promise<void> {
    await this.#keeper.start();
  }

  /** @internal */
  async close(): Promise<void> {
    await this.#keeper.close();
  }

  /**
   * Keeps versions of all keys, or of those with a prefix, for so many milliseconds after they were superseded; of a prefix without `ms`
   * as long as of other keys. The longest prefix of a key counts. What has been given up does not come back.
   */
  async set(ms: number | undefined, options: CallOptions & { readonly prefix?: Bytes } = {}): Promise<void> {
    const prefix = checkPrefix(options.prefix);
    if (prefix === '' || ms !== undefined) checkMs('retention', ms);
    await this.#change(options, async (transaction) => {
      const records = await allRetentions(transaction);
      const thresholds = records.map((record) => ({ prefix: record.prefix, timestamp: record.threshold }));
      putRetention(transaction, { prefix, ms, threshold: thresholdOf(prefix, thresholds) });
    });
  }

  /**
   * Keeps all that can be read at a timestamp and later for so many milliseconds, under a name: of the same name the last counts.
   * `SnapshotTooOld` where some of it is gone.
   */
  async protect(name: string, timestamp: Timestamp, forMs: number, options?: CallOptions): Promise<void> {
    checkName(name);
    checkMs('protection', forMs);
    if (!isTimestamp(timestamp)) throw new PandaError('InvalidArgument', 'A timestamp must be a safe integer of at least 0');
    const { environment, transactions } = this.#parts;
    const put = async (transaction: Transaction): Promise<void> => {
      const gone = (await allRetentions(transaction)).find(({ threshold }) => timestamp < threshold);
      if (gone !== undefined) {
        throw new PandaError('SnapshotTooOld', 'Versions that the timestamp needs have been given up already');
      }
      putProtection(transaction, { name, timestamp, expiresAt: environment.now() + forMs });
    };
    await this.#calls.run(options, () => transactions.run(put));
  }

  /** Ends a protection. Does nothing where there is none of the name. */
  async release(name: string, options?: CallOptions): Promise<void> {
    checkName(name);
    await this.#change(options, async (transaction) => deleteProtection(transaction, name));
  }

  /** Removes what may be removed by now, and resolves when that is done. */
  async collect(options?: CallOptions): Promise<void> {
    await this.#calls.run(options, async () => {
      await this.#keeper.look();
      await Promise.all(this.#parts.collections().map((collection) => collection.collected()));
    });
  }

  /** One that fails may have been made. */
  async #change(options: CallOptions | undefined, body: (transaction: Transaction) => Promise<void>): Promise<void> {
    try {
      await this.#calls.run(options, () => this.#parts.transactions.run(body));
    } finally {
      this.#keeper.wake();
    }
  }

  async status(options?: CallOptions): Promise<RetentionStatus> {
    return await this.#calls.run(options, () => this.#status());
  }

  async #status(): Promise<RetentionStatus> {
    const { collections, environment, transactions } = this.#parts;
    const [records, protections] = await transactions.run(
      async (transaction) => [await allRetentions(transaction), await allProtections(transaction)] as const,
    );
    const shards = collections().map(async (collection) => {
      const { prefixes } = await collection.backlog();
      const lags = prefixes.map(({ threshold, oldest = threshold }) => Math.max(0, threshold - oldest) / TICKS_PER_MS);
      return { id: collection.id, lagMs: Math.round(Math.max(0, ...lags)) };
    });
    return {
      prefixes: records.map(({ prefix, threshold }) => {
        return { prefix: keyBytes(prefix), ms: retentionOf(prefix, records), threshold };
      }),
      protections: protections.filter(({ expiresAt }) => expiresAt > environment.now()),
      shards: await Promise.all(shards),
    };
  }
}

function checkPrefix(prefix: Bytes | undefined): Key {
  const key = prefix === undefined ? '' : toKey(prefix);
  if (key.length <= LIMITS.keyBytesMax) return key;
  throw new PandaError('KeyTooLarge', `A prefix of ${key.length} bytes is over the limit of ${LIMITS.keyBytesMax}`);
}

function checkMs(what: string, ms: number | undefined): void {
  if (Number.isSafeInteger(ms) && ms! > 0) return;
  throw new PandaError('InvalidArgument', `The ${what} must be a whole number of milliseconds above 0`);
}

function checkName(name: string): void {
  if (typeof name !== 'string') throw new TypeError('The name of a protection must be a string');
  const bytes = Buffer.byteLength(name);
  if (bytes >= 1 && bytes <= NAME_BYTES_MAX) return;
  throw new PandaError('InvalidArgument', `The name of a protection must have 1 to ${NAME_BYTES_MAX} bytes`);
}
