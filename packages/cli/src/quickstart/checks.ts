import type { Database, Snapshot } from '@pandakv/core';
import { setImmediate } from 'node:timers/promises';
import { readable } from '../output/bytes-text.js';
import { idHex, readRecord, sameId, wayUp } from './ancestry.js';
import { countAll } from './count.js';
import { decodeInode } from './inode-codec.js';
import { randomDirectory, type Move, type Place } from './moves.js';
import { isDirectoryEntry, scanTree } from './scan-tree.js';
import { entryKey, TREE_PIECES } from './tree-keys.js';

/** Trees of up to so many entries are checked whole, others in samples. */
const WHOLE_MAX = 20_000;
const RECENT_MAX = 256;
/** Directories looked at in one snapshot. */
const SAMPLE = 8;

/** Takes snapshots while directories are moved, and checks that each shows everything in exactly one place. */
export class Checks {
  readonly #database: Database;
  /** Entries in the tree, whatever moves. */
  readonly #entries: number;
  readonly #recent: Move[] = [];
  #moves = 0;
  #made = 0;

  constructor(database: Database, entries: number) {
    this.#database = database;
    this.#entries = entries;
  }

  /** Snapshots checked. */
  get made(): number {
    return this.#made;
  }

  /** The latest moves are looked at most. */
  moved(move: Move): void {
    this.#recent[this.#moves++ % RECENT_MAX] = move;
  }

  /** Checks one snapshot after the other until told to stop; at least one. Answers what is wrong. */
  async run(isOver: () => boolean): Promise<string[]> {
    const problems: string[] = [];
    do {
      const snapshot = this.#database.snapshot();
      problems.push(...(await (this.#entries <= WHOLE_MAX ? this.#checkWhole(snapshot) : this.#checkSample(snapshot))));
      this.#made++;
      await setImmediate();
    } while (problems.length === 0 && !isOver());
    return problems;
  }

  async #checkSample(snapshot: Snapshot): Promise<string[]> {
    const problems: string[] = [];
    for (let at = 0; at < SAMPLE; at++) {
      const move = this.#recent[Math.floor(Math.random() * this.#recent.length)];
      const isRecent = move !== undefined && at > 0;
      if (isRecent) problems.push(...(await checkDirectory(snapshot, move.directory, [move.from, move.to])));
      else problems.push(...(await checkDirectory(snapshot, await randomDirectory(snapshot), [])));
    }
    return problems;
  }

  async #checkWhole(snapshot: Snapshot): Promise<string[]> {
    const problems: string[] = [];
    const places = new Map<string, string>();
    const records = new Map<string, string>();
    let entries = 0;
    for (const range of TREE_PIECES) {
      for await (const piece of scanTree(snapshot, range)) {
        entries += piece.entries.length;
        if (piece.record !== undefined) records.set(idHex(piece.id), placeText(piece.record));
        for (const entry of piece.entries.filter(isDirectoryEntry)) {
          const id = idHex(entry.inode!.tail);
          if (places.has(id)) problems.push(`The directory ${id} is in two places`);
          places.set(id, placeText({ parent: piece.id, name: entry.name }));
        }
      }
    }
    if (entries !== this.#entries) problems.push(`A snapshot shows ${entries} entries, not ${this.#entries}`);
    if (records.size !== places.size) problems.push(`A snapshot shows ${places.size} directories, not ${records.size}`);
    for (const [id, place] of records)
      if (places.get(id) !== place) problems.push(`The directory ${id} is not where it should be`);
    return problems;
  }
}

/** Whether a snapshot shows a directory where its record says, nowhere else that is known, and below the root. */
async function checkDirectory(snapshot: Snapshot, directory: Uint8Array, places: readonly Place[]): Promise<string[]> {
  const record = await readRecord(snapshot, directory);
  if (record === undefined) return [`The directory ${idHex(directory)} has no record`];
  const problems: string[] = [];
  if (!(await holds(snapshot, record, directory))) {
    problems.push(`${readable(record.path)} is not where its record says`);
  }
  for (const place of places) {
    if (placeText(place) === placeText(record)) continue;
    if (await holds(snapshot, place, directory)) problems.push(`${readable(record.path)} is in two places`);
  }
  await countAll(wayUp(snapshot, directory));
  return problems;
}

async function holds(snapshot: Snapshot, { parent, name }: Place, directory: Uint8Array): Promise<boolean> {
  const value = await snapshot.get(entryKey(parent, name));
  const inode = value === undefined ? undefined : decodeInode(value);
  return inode !== undefined && sameId(inode.tail, directory);
}

function placeText({ parent, name }: Place): string {
  return `${idHex(parent)}/${Buffer.from(name).toString('latin1')}`;
}
