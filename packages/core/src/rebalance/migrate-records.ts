import type { MemberState, MigrationRecord, MoveRecord } from '../catalog/index.js';
import { PandaError } from '../errors/index.js';
import type { Transaction } from '../transaction/index.js';
import { putMember } from './members.js';
import { allMembers, allMoves, deleteMigration, deleteMove, migrationOf, putCleanup, putMigration } from './move-records.js';

/** Records a migration, if nothing speaks against it. The sources take no ranges from now on; the destinations take some, drained before or not. */
export async function beginMigration(transaction: Transaction, record: MigrationRecord): Promise<void> {
  const other = await migrationOf(transaction);
  if (other !== undefined) {
    throw refusal(`A migration from ${named(other.from)} to ${named(other.to)} is under way; complete or cancel it first`);
  }
  const members = new Set((await allMembers(transaction)).map(({ shard }) => shard));
  for (const shard of [...record.from, ...record.to]) {
    if (!members.has(shard)) throw refusal(`The database has no shard '${shard}'`, shard);
  }
  const touched = new Set([...record.from, ...record.to]);
  const move = (await allMoves(transaction)).find(({ from, to }) => touched.has(from) || touched.has(to));
  if (move !== undefined) {
    throw refusal(`The range ${move.range} is moving from shard '${move.from}' to '${move.to}'; resume or cancel that first`);
  }
  setStates(transaction, record.from, 'draining');
  setStates(transaction, record.to, 'active');
  putMigration(transaction, record);
}

/**
 * Gives up some of what is kept in step, and ends the migration where nothing is left of it. The side that serves a range keeps it; the
 * rows of the other are recorded to be removed. Answers whether the migration has ended.
 */
export async function endMoves(transaction: Transaction, { id }: MigrationRecord, most: number): Promise<boolean> {
  const record = await migrationOf(transaction);
  if (record?.id !== id) return true;
  const left = (await allMoves(transaction)).filter(({ migration }) => migration === id);
  for (const move of left.slice(0, most)) giveUp(transaction, move);
  if (left.length > most) return false;
  if (record.goal === 'cancel') setStates(transaction, record.from, 'active');
  deleteMigration(transaction);
  return true;
}

function giveUp(transaction: Transaction, move: MoveRecord): void {
  deleteMove(transaction, move);
  putCleanup(transaction, { move: move.id, shard: move.to, start: move.start, end: move.end, isImport: true });
}

function setStates(transaction: Transaction, shards: readonly string[], state: MemberState): void {
  for (const shard of shards) putMember(transaction, { shard, state });
}

function named(shards: readonly string[]): string {
  return shards.map((shard) => `'${shard}'`).join(', ');
}

export function refusal(message: string, shard?: string): PandaError {
  return new PandaError('InvalidArgument', message, shard === undefined ? {} : { shard });
}
