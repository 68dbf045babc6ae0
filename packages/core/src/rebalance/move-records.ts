import {
  ALL_CLEANUPS,
  ALL_MEMBERS,
  ALL_MOVES,
  cleanupRecordKey,
  decodeCleanupRecord,
  decodeMemberRecord,
  decodeMigrationRecord,
  decodeMoveRecord,
  encodeCleanupRecord,
  encodeMigrationRecord,
  encodeMoveRecord,
  MIGRATION_KEY,
  moveRecordKey,
  type CleanupRecord,
  type Member,
  type MigrationRecord,
  type MoveRecord,
  type RangeDescriptor,
} from '../catalog/index.js';
import { PandaError } from '../errors/index.js';
import { keyBytes, type Key, type Span } from '../keys/index.js';
import type { Transaction } from '../transaction/index.js';

export async function moveOf(transaction: Transaction, range: string): Promise<MoveRecord | undefined> {
  const key = keyBytes(moveRecordKey(range));
  const value = await transaction.get(key);
  return value && decodeMoveRecord(key, value);
}

/** Refuses a range that is on its way to another shard. */
export async function checkNotMoving(transaction: Transaction, { id }: RangeDescriptor): Promise<void> {
  const move = await moveOf(transaction, id);
  if (move === undefined) return;
  const verb = move.migration === undefined ? 'moving' : 'being migrated';
  const message = `The range ${id} is ${verb} from shard '${move.from}' to '${move.to}'`;
  throw new PandaError('InvalidArgument', message, { range: id, shard: move.to });
}

export function putMove(transaction: Transaction, move: MoveRecord): void {
  transaction.set(keyBytes(moveRecordKey(move.range)), encodeMoveRecord(move));
}

export function deleteMove(transaction: Transaction, move: MoveRecord): void {
  transaction.delete(keyBytes(moveRecordKey(move.range)));
}

export function allMoves(transaction: Transaction): Promise<MoveRecord[]> {
  return all(transaction, ALL_MOVES, decodeMoveRecord);
}

export function putCleanup(transaction: Transaction, cleanup: CleanupRecord): void {
  transaction.set(keyBytes(cleanupRecordKey(cleanup.move)), encodeCleanupRecord(cleanup));
}

export function deleteCleanup(transaction: Transaction, { move }: CleanupRecord): void {
  transaction.delete(keyBytes(cleanupRecordKey(move)));
}

export function allCleanups(transaction: Transaction): Promise<CleanupRecord[]> {
  return all(transaction, ALL_CLEANUPS, decodeCleanupRecord);
}

/** The migration that has not ended. */
export async function migrationOf(transaction: Transaction): Promise<MigrationRecord | undefined> {
  const value = await transaction.get(keyBytes(MIGRATION_KEY));
  return value && decodeMigrationRecord(value);
}

export function putMigration(transaction: Transaction, record: MigrationRecord): void {
  transaction.set(keyBytes(MIGRATION_KEY), encodeMigrationRecord(record));
}

export function deleteMigration(transaction: Transaction): void {
  transaction.delete(keyBytes(MIGRATION_KEY));
}

export function allMembers(transaction: Transaction): Promise<Member[]> {
  return all(transaction, ALL_MEMBERS, decodeMemberRecord);
}

/** The records of a span of the catalog. */
export async function all<T>(
  transaction: Transaction,
  { start, end }: Span,
  decode: (key: Uint8Array, value: Uint8Array) => T,
): Promise<T[]> {
  const records: T[] = [];
  const bytes = (key: Key | undefined): Buffer | undefined => (key === undefined ? undefined : keyBytes(key));
  for await (const [key, value] of transaction.scan({ start: bytes(start), end: bytes(end) })) records.push(decode(key, value));
  return records;
}
