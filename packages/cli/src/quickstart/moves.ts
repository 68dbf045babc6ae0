import { PandaError, type Database, type RangeInfo, type Snapshot, type Transaction } from '@pandakv/core';
import { randomBytes } from 'node:crypto';
import { readRecord, sameId, wayUp } from './ancestry.js';
import { encodeRecord, type DirectoryRecord } from './directory-rows.js';
import type { Measurements } from './measurements.js';
import { Slots } from './slots.js';
import { directoryOf, entryKey, recordKey, ROOT, TREE_PIECES } from './tree-keys.js';
import { writeInKeyOrder } from './writes.js';

/** Transactions that move directories at once, at most; more of them only get in each other's way. */
const AT_ONCE_MAX = 32;
/** After so many picks in a row that could not be moved, the tree has none that can. */
const FRUITLESS_MAX = 500;

/** An entry's place in the tree. */
export interface Place {
  readonly parent: Uint8Array;
  readonly name: Uint8Array;
}

/** A move that was made. */
export interface Move {
  readonly directory: Uint8Array;
  readonly from: Place;
  readonly to: Place;
}

export interface MoveParts {
  readonly database: Database;
  readonly measurements: Measurements;
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly onMoved: (move: Move) => void;
}

/** Moves directories between parents on different shards. */
export class Mover {
  readonly #parts: MoveParts;
  readonly #slots: Slots;
  #fruitless = 0;

  constructor(parts: MoveParts) {
    this.#parts = parts;
    this.#slots = new Slots(Math.min(parts.concurrency, AT_ONCE_MAX));
  }

  /**
   * Makes so many moves, several at once, or fewer when the tree has no more that can be made. However it ends, no move is under
   * way any more.
   */
  async run(moves: number): Promise<void> {
    try {
      for (let started = 0; started < moves && this.#fruitless < FRUITLESS_MAX; started++) {
        await this.#slots.start(() => this.#moveAny());
      }
      await this.#slots.allEnded();
    } finally {
      await this.#slots.settled();
    }
  }

  /** Picks until a directory was moved. */
  async #moveAny(): Promise<void> {
    const { database, measurements, signal, onMoved } = this.#parts;
    while (this.#fruitless < FRUITLESS_MAX) {
      signal.throwIfAborted();
      const snapshot = database.snapshot();
      const [directory, target] = await Promise.all([randomDirectory(snapshot), randomDirectory(snapshot)]);
      // Ranges may move meanwhile.
      const areApart = apartIn(database.ranges());
      const move = await measurements.transact(database, (transaction) =>
        moveDirectory(transaction, directory, target, areApart),
      );
      if (move !== undefined) {
        this.#fruitless = 0;
        onMoved(move);
        return;
      }
      this.#fruitless++;
    }
  }
}

type AreApart = (one: Uint8Array, other: Uint8Array) => boolean;

/** Tells whether two directories' rows are on different shards. */
function apartIn(ranges: readonly RangeInfo[]): AreApart {
  const shardOf = (directory: Uint8Array) => {
    const key = recordKey(directory);
    return ranges.findLast(({ start }) => Buffer.compare(start, key) <= 0)?.shard;
  };
  return (one, other) => shardOf(one) !== shardOf(other);
}

/** Any directory: the first one from a random id on. Ids are hashes, so each has about the same chance. */
export async function randomDirectory(snapshot: Snapshot): Promise<Buffer> {
  const end = TREE_PIECES.at(-1)!.end;
  for (const from of [randomBytes(ROOT.length), Buffer.from('0000000000000001', 'hex')]) {
    for await (const [key] of snapshot.scan({ start: recordKey(from), end }, { limit: 1 })) return directoryOf(key);
  }
  throw new PandaError('Corruption', 'There is no directory');
}

/**
 * Moves a directory into another one; undefined, and the transaction aborted, where that cannot be or its parents would lie on
 * one shard. All that the decision rests on is read in the transaction, so that no two moves, each right by itself, can together
 * put a directory below itself.
 */
async function moveDirectory(
  transaction: Transaction,
  directory: Buffer,
  target: Buffer,
  areApart: AreApart,
): Promise<Move | undefined> {
  const record = await readRecord(transaction, directory);
  if (record === undefined || !areApart(record.parent, target) || !(await canMove(transaction, directory, target))) {
    transaction.abort();
    return undefined;
  }
  const from: Place = { parent: record.parent, name: record.name };
  const to: Place = { parent: target, name: await freeName(transaction, directory, record, target) };
  const entry = await transaction.get(entryKey(from.parent, from.name));
  if (entry === undefined) throw new PandaError('Corruption', 'A directory is not where its record says');
  writeInKeyOrder(transaction, [
    [entryKey(from.parent, from.name), null],
    [entryKey(to.parent, to.name), entry],
    [recordKey(directory), encodeRecord({ ...record, ...to, moves: record.moves + 1 })],
  ]);
  return { directory, from, to };
}

async function canMove(transaction: Transaction, directory: Buffer, target: Buffer): Promise<boolean> {
  if (sameId(directory, ROOT)) return false;
  for await (const ancestor of wayUp(transaction, target)) if (sameId(ancestor, directory)) return false;
  return true;
}

/** The name that the directory was imported under, or a new one where that is taken. */
async function freeName(
  transaction: Transaction,
  directory: Buffer,
  { path }: DirectoryRecord,
  target: Buffer,
): Promise<Uint8Array> {
  const name = path.subarray(path.lastIndexOf('/'.charCodeAt(0)) + 1);
  if ((await transaction.get(entryKey(target, name))) === undefined) return name;
  return Buffer.concat([name, Buffer.from(`.${directory.toString('hex')}`)]);
}
