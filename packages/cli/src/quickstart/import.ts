import type { Database, Transaction } from '@pandakv/core';
import { countAll } from './count.js';
import { encodeRecord, encodeStatistics } from './directory-rows.js';
import { inspect, joinPath, namesOf, type Boundaries, type Inspected } from './disk.js';
import { decodeInode, encodeInode, isDirectory } from './inode-codec.js';
import type { Measurements } from './measurements.js';
import { PendingDirectories, type PendingDirectory } from './pending-directories.js';
import { Slots } from './slots.js';
import type { Totals } from './state.js';
import { Slices } from './timing.js';
import { directoryId, entriesOf, entryKey, NOWHERE, pendingKey, recordKey, ROOT, statisticsKey } from './tree-keys.js';
import { writeInKeyOrder, type Write } from './writes.js';

/** Entries that one transaction imports, at most. */
const BATCH = 96;
const NO_NAME = Buffer.alloc(0);

export interface ImportParts {
  readonly database: Database;
  readonly measurements: Measurements;
  /** The directory to import. */
  readonly root: Buffer;
  readonly boundaries: Boundaries;
  /** Transactions at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
  /** Called with the number of entries that one more transaction has imported. */
  readonly onImported: (entries: number) => void;
}

/** An entry found on disk. */
interface Found {
  readonly name: Buffer;
  readonly value: Buffer;
  /** A directory's id; undefined for all else. */
  readonly directory: Buffer | undefined;
}

/** What is known once a directory is listed to its end. */
interface Listing {
  listed: number;
  skipped: number;
  files: number;
  directories: number;
}

/** Puts the root into an empty database: where the import begins. */
export function setRoot(transaction: Transaction, { stats, target }: Inspected): void {
  transaction.set(entryKey(NOWHERE, NO_NAME), encodeInode(stats, target ?? ROOT));
  transaction.set(recordKey(ROOT), encodeRecord({ parent: NOWHERE, name: NO_NAME, moves: 0, path: NO_NAME }));
  transaction.set(pendingKey(ROOT), NO_NAME);
}

/**
 * Imports all directories that are pending, and what is found below them. A transaction holds up to {@link BATCH} entries of one
 * directory, with the records of the directories among them; the last one of a directory also ends its being pending. So
 * an import that is cut off goes on where it stopped.
 *
 * The disk is read by one loop, no further ahead than the transactions that may run at once: memory is bounded whatever the tree.
 */
export class Importer {
  readonly #parts: ImportParts;
  readonly #pending: PendingDirectories;
  readonly #slots: Slots;
  readonly #slices = new Slices();
  #totals: Totals;

  /** `before`: what earlier runs have imported. */
  constructor(parts: ImportParts, before: Totals) {
    this.#parts = parts;
    this.#pending = new PendingDirectories(parts.database);
    this.#slots = new Slots(parts.concurrency);
    this.#totals = before;
  }

  /** Resolves with all that is imported. When it rejects, no transaction of its is under way. */
  async run(): Promise<Totals> {
    try {
      for (;;) {
        this.#parts.signal.throwIfAborted();
        const directory = this.#pending.pop();
        if (directory !== undefined) await this.#import(directory);
        else if (this.#slots.running > 0) await this.#slots.oneEnded();
        else if (!(await this.#pending.refill())) break;
      }
      await this.#slots.allEnded();
    } finally {
      await this.#slots.settled();
    }
    return this.#totals;
  }

  async #import(directory: PendingDirectory): Promise<void> {
    const isPartial = directory.mayBePartial && (await this.#hasEntries(directory));
    const listing: Listing = { listed: 0, skipped: 0, files: 0, directories: 0 };
    const earlier: Promise<void>[] = [];
    let batch: Found[] = [];
    try {
      for (const name of namesOf(joinPath(this.#parts.root, directory.path))) {
        if (batch.length === BATCH) {
          const full = batch;
          batch = [];
          earlier.push((await this.#slots.start(() => this.#commit(directory, full, isPartial))).ended);
        }
        this.#find(directory, name, listing, batch);
        await this.#slices.pause();
        this.#parts.signal.throwIfAborted();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      // It may not be read, or has gone. That more was skipped than listed tells that the listing means nothing.
      listing.skipped++;
      listing.listed = 0;
    }
    await this.#slots.start(async () => {
      // Only when all of its entries are there is a directory imported.
      await Promise.all(earlier);
      await this.#commit(directory, batch, isPartial, listing);
    });
  }

  #find(directory: PendingDirectory, name: Buffer, listing: Listing, batch: Found[]): void {
    const path = joinPath(directory.path, name);
    const pathOnDisk = joinPath(this.#parts.root, path);
    const inspected = inspect(pathOnDisk);
    listing.listed++;
    if (inspected === undefined || this.#parts.boundaries.excludes(pathOnDisk, inspected.stats)) {
      listing.skipped++;
      return;
    }
    const id = inspected.stats.isDirectory() ? directoryId(path) : undefined;
    if (id === undefined) listing.files++;
    else listing.directories++;
    batch.push({ name, value: encodeInode(inspected.stats, inspected.target ?? id ?? NO_NAME), directory: id });
  }

  /** Imports some entries of a directory; with the listing, they are its last. */
  async #commit(directory: PendingDirectory, batch: readonly Found[], isPartial: boolean, listing?: Listing): Promise<void> {
    const { database, measurements, onImported } = this.#parts;
    const { fresh, counted } = await measurements.transact(database, async (transaction) => {
      const fresh = isPartial ? await withoutKnown(transaction, directory, batch) : batch;
      const writes = fresh.flatMap((found) => writesFor(directory, found));
      const counted = listing === undefined || !isPartial ? listing : await recount(transaction, directory, fresh, listing);
      if (counted !== undefined) writes.push(...lastWrites(directory, counted));
      writeInKeyOrder(transaction, writes);
      return { fresh, counted };
    });
    this.#pending.push(
      fresh.flatMap(({ name, directory: id }) =>
        id === undefined ? [] : [{ id, path: joinPath(directory.path, name), mayBePartial: false }],
      ),
    );
    if (counted !== undefined) {
      this.#totals = {
        files: this.#totals.files + counted.files,
        directories: this.#totals.directories + counted.directories,
        skipped: this.#totals.skipped + counted.skipped,
      };
    }
    onImported(fresh.length);
  }

  async #hasEntries({ id }: PendingDirectory): Promise<boolean> {
    return (await countAll(this.#parts.database.scan(entriesOf(id), { limit: 1 }))) > 0;
  }
}

/** What an earlier run has imported stays as it is: directories among it may be imported, too. */
async function withoutKnown(transaction: Transaction, { id }: PendingDirectory, batch: readonly Found[]): Promise<Found[]> {
  const known = await transaction.getMany(batch.map(({ name }) => entryKey(id, name)));
  return batch.filter((_found, at) => known[at] === undefined);
}

function writesFor(parent: PendingDirectory, { name, value, directory }: Found): Write[] {
  const entry: Write = [entryKey(parent.id, name), value];
  if (directory === undefined) return [entry];
  const record = encodeRecord({ parent: parent.id, name, moves: 0, path: joinPath(parent.path, name) });
  return [entry, [recordKey(directory), record], [pendingKey(directory), NO_NAME]];
}

function lastWrites({ id }: PendingDirectory, listing: Listing): Write[] {
  return [
    [statisticsKey(id), encodeStatistics(listing)],
    [pendingKey(id), null],
  ];
}

/** Counts a directory that was imported in part before: by what it has, and what it is about to get. */
async function recount(
  transaction: Transaction,
  { id }: PendingDirectory,
  fresh: readonly Found[],
  listing: Listing,
): Promise<Listing> {
  let directories = fresh.filter(({ directory }) => directory !== undefined).length;
  let files = fresh.length - directories;
  for await (const [, value] of transaction.scan(entriesOf(id))) {
    const inode = decodeInode(value);
    if (inode !== undefined && isDirectory(inode)) directories++;
    else files++;
  }
  return { ...listing, files, directories };
}
