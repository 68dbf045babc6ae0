import type { Bytes, Database, Mutation, Snapshot } from '@pandakv/core';
import { AbstractLevel, type AbstractDatabaseOptions } from 'abstract-level';
import { KeySpace, type LevelRange } from './key-space.js';
import { LevelSnapshot } from './level-snapshot.js';
import { PandaIterator, type IteratorOptions } from './panda-iterator.js';

export interface PandaLevelOptions<K, V> extends AbstractDatabaseOptions<K, V> {
  /**
   * What all keys begin with in the database of Panda; default `level/`. At least 1 byte. Nothing else should lie there; Level databases of
   * other prefixes can stand beside, in the same database.
   */
  readonly prefix?: Bytes | undefined;
  /** Whether the database's engines keep data beyond the process, for the manifest; default true. Give false for stores in memory. */
  readonly permanence?: boolean | undefined;
}

const DEFAULT_PREFIX = 'level/';
/** Keys of `clear` that are deleted in one write. */
const CLEAR_KEYS = 1_000;

interface ReadOptions {
  readonly snapshot?: object | null | undefined;
}

interface ClearOptions extends LevelRange, ReadOptions {
  readonly reverse: boolean;
  /** -1 for none. */
  readonly limit: number;
}

type Operation =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array };

/**
 * An abstract-level database whose entries are those of a Panda database under a prefix. Closing it leaves the Panda database open. Errors
 * of Panda come as they are, with Panda's codes.
 *
 * A batch is one transaction over all shards that it touches; every iterator reads one snapshot, and so does `getMany`.
 */
export class PandaLevel<K = string, V = string> extends AbstractLevel<Uint8Array, K, V> {
  readonly #database: Database;
  readonly #space: KeySpace;

  constructor(database: Database, { prefix = DEFAULT_PREFIX, permanence = true, ...options }: PandaLevelOptions<K, V> = {}) {
    const space = new KeySpace(prefix);
    super(
      {
        encodings: { view: true },
        implicitSnapshots: true,
        explicitSnapshots: true,
        has: true,
        seek: true,
        permanence,
        createIfMissing: false,
        errorIfExists: false,
        signals: { iterators: true },
      },
      options,
    );
    this.#database = database;
    this.#space = space;
  }

  /** Fails if the Panda database is closed. */
  async _open(): Promise<void> {
    this.#database.snapshot();
  }

  async _get(key: Uint8Array, options: ReadOptions): Promise<Uint8Array | undefined> {
    const source = givenSnapshot(options) ?? this.#database;
    return await source.get(this.#space.toPanda(key));
  }

  async _getMany(keys: readonly Uint8Array[], options: ReadOptions): Promise<(Uint8Array | undefined)[]> {
    return await this.#snapshotOf(options).getMany(keys.map((key) => this.#space.toPanda(key)));
  }

  async _has(key: Uint8Array, options: ReadOptions): Promise<boolean> {
    return (await this._get(key, options)) !== undefined;
  }

  async _hasMany(keys: readonly Uint8Array[], options: ReadOptions): Promise<boolean[]> {
    return (await this._getMany(keys, options)).map((value) => value !== undefined);
  }

  async _put(key: Uint8Array, value: Uint8Array): Promise<void> {
    await this._batch([{ type: 'put', key, value }]);
  }

  async _del(key: Uint8Array): Promise<void> {
    await this._batch([{ type: 'del', key }]);
  }

  async _batch(operations: readonly Operation[]): Promise<void> {
    await this.#database.write(operations.map((operation) => this.#mutation(operation)));
  }

  /** Deletes what is there at the start, in writes of 1,000 keys: all or nothing only up to there. */
  async _clear(options: ClearOptions): Promise<void> {
    const { reverse, limit } = options;
    const scan = this.#snapshotOf(options).scan(this.#space.range(options), limit < 0 ? { reverse } : { reverse, limit });
    let mutations: Mutation[] = [];
    for await (const [key] of scan) {
      mutations.push({ type: 'delete', key });
      if (mutations.length < CLEAR_KEYS) continue;
      await this.#database.write(mutations);
      mutations = [];
    }
    if (mutations.length > 0) await this.#database.write(mutations);
  }

  _iterator(options: IteratorOptions & ReadOptions): PandaIterator<K, V> {
    return new PandaIterator(this, this.#snapshotOf(options), this.#space, options);
  }

  _snapshot(options: object): LevelSnapshot {
    return new LevelSnapshot(this.#database.snapshot(), options);
  }

  /** The snapshot that the caller has given, or one of now. */
  #snapshotOf(options: ReadOptions): Snapshot {
    return givenSnapshot(options) ?? this.#database.snapshot();
  }

  #mutation(operation: Operation): Mutation {
    const key = this.#space.toPanda(operation.key);
    return operation.type === 'put' ? { type: 'set', key, value: operation.value } : { type: 'delete', key };
  }
}

function givenSnapshot({ snapshot }: ReadOptions): Snapshot | undefined {
  if (snapshot === undefined || snapshot === null) return undefined;
  if (!(snapshot instanceof LevelSnapshot)) throw new TypeError('The snapshot must be one of a PandaLevel');
  return snapshot.taken;
}
