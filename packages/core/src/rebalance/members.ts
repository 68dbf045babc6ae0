import {
  ALL_RANGES,
  decodeNumber,
  decodeRangeRecord,
  encodeMemberRecord,
  encodeNumber,
  LAST_REMOVAL_KEY,
  memberRecordKey,
  type Member,
  type MemberState,
} from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyBytes } from '../keys/index.js';
import type { Transaction } from '../transaction/index.js';
import { allCleanups, allMembers, allMoves, migrationOf } from './move-records.js';
import type { SystemTransactions } from './system-transactions.js';

export function putMember(transaction: Transaction, member: Member): void {
  transaction.set(keyBytes(memberRecordKey(member.shard)), encodeMemberRecord(member));
}

export async function addMember(transactions: SystemTransactions, shard: string): Promise<void> {
  await transactions.run(async (transaction) => {
    putMember(transaction, { shard, state: 'active' });
  });
}

/** From now on the shard takes ranges, or takes none. Answers the shards that take some. */
export async function setMemberState(transactions: SystemTransactions, shard: string, state: MemberState): Promise<string[]> {
  return await transactions.run(async (transaction) => {
    const members = await allMembers(transaction);
    if (!members.some((member) => member.shard === shard)) throw unknownShard(shard);
    putMember(transaction, { shard, state });
    const others = members.filter((member) => member.shard !== shard && member.state === 'active');
    return [...others.map((member) => member.shard), ...(state === 'active' ? [shard] : [])];
  });
}

/** Refuses with `InvalidArgument` while the shard owns a range, takes part in a move, or has rows that are still to be removed. */
export async function checkRemovable(transaction: Transaction, shard: string): Promise<void> {
  const members = await allMembers(transaction);
  if (!members.some((member) => member.shard === shard)) throw unknownShard(shard);
  const refuse = (why: string, range?: string): PandaError =>
    new PandaError('InvalidArgument', `The shard '${shard}' cannot be removed: ${why}`, {
      shard,
      ...(range === undefined ? {} : { range }),
    });
  const move = (await allMoves(transaction)).find(({ from, to }) => from === shard || to === shard);
  if (move !== undefined) throw refuse(`the range ${move.range} is moving from it or to it`, move.range);
  const migration = await migrationOf(transaction);
  if (migration !== undefined && [...migration.from, ...migration.to].includes(shard))
    throw refuse('it takes part in a migration');
  if ((await allCleanups(transaction)).some((cleanup) => cleanup.shard === shard)) {
    throw refuse('rows of ranges that have moved away are still to be removed');
  }
  const all = { start: keyBytes(ALL_RANGES.start), end: keyBytes(ALL_RANGES.end!) };
  for await (const [key, value] of transaction.scan(all)) {
    const range = decodeRangeRecord(key, value);
    if (range.shard === shard) throw refuse('it owns ranges; drain it first', range.id);
  }
}

/** Refused while the shard is in use. */
export async function removeMember(transactions: SystemTransactions, shard: string): Promise<void> {
  await transactions.run(async (transaction) => {
    await checkRemovable(transaction, shard);
    transaction.delete(keyBytes(memberRecordKey(shard)));
    transaction.set(keyBytes(LAST_REMOVAL_KEY), encodeNumber(transaction.readTimestamp));
  });
}

/** When a shard was removed last; 0 when none was. What had committed there alone by then cannot be looked up any more. */
export async function lastRemoval(transactions: SystemTransactions): Promise<Timestamp> {
  return await transactions.run(async (transaction) => decodeNumber(await transaction.get(keyBytes(LAST_REMOVAL_KEY))));
}

function unknownShard(shard: string): PandaError {
  return new PandaError('InvalidArgument', `The database has no shard '${shard}'`, { shard });
}
