import { HybridClock, TICKS_PER_MS, timestampAt, type Environment, type Timestamp } from '../clock/index.js';
import { GuardMismatch, type Engine, type EngineScanPage, type Entry, type KeyRange, type WriteBatch } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import {
  ARRIVAL_ROW_PREFIX,
  COLLECTED_ROW_KEY,
  decodeArrivalRow,
  decodeCollectedRow,
  CONFLICT_FLOOR_ROW_KEY,
  decodeConflictFloorRow,
  decodeGuardRow,
  decodeIdentityRow,
  decodeImportRow,
  decodeOutcomeRow,
  decodeOwnedRangeRow,
  decodePreparedRow,
  encodeGuardRow,
  encodeIdentityRow,
  encodeOwnedRangeRow,
  GUARD_ROW_KEY,
  IDENTITY_ROW_KEY,
  IMPORT_ROW_PREFIX,
  isOlderFormat,
  NOTHING_COLLECTED,
  ownedRangeRowKey,
  PartsDecoder,
  ROW_SPACE,
  rowKeyBytes,
  rowPrefixRange,
  type CollectedRow,
  type GuardRow,
  type IdentityRow,
  type OwnedRangeRow,
} from '../rows/index.js';
import { Leader } from './leader.js';
import { PreparedTransaction } from './prepared-transaction.js';
import { SCAN_BYTES_MAX } from './scan-limits.js';
import type { ShardSettings } from './settings.js';
import type { Peer } from './shard.js';

const GUARD_KEY = rowKeyBytes(GUARD_ROW_KEY);
const IDENTITY_KEY = rowKeyBytes(IDENTITY_ROW_KEY);
const CONFLICT_FLOOR_KEY = rowKeyBytes(CONFLICT_FLOOR_ROW_KEY);
const PAGE_ROWS = 4_096;
const TAKE_OVER_ATTEMPTS_MAX = 50;
const FIRST_EPOCH = 1;
const LEADER_NUMBERS = 2 ** 48;

export interface OpenLeaderOptions {
  readonly id: string;
  readonly engine: Engine;
  readonly environment: Environment;
  readonly settings: ShardSettings;
  readonly peer: (id: string) => Peer | undefined;
  /** A timestamp that some shard of the database has reached; the leader's clock starts above it. */
  readonly clockFloor: Timestamp;
}

/** Whose shard the engine holds; undefined when it holds nothing. Changes nothing. */
export async function inspectShard(engine: Engine): Promise<IdentityRow | undefined> {
  const [identity] = await engine.get([rowKeyBytes(IDENTITY_ROW_KEY)]);
  if (identity !== undefined) return decodeIdentityRow(identity);
  const anything = await engine.scan({ start: new Uint8Array(0) }, { limit: 1, maxBytes: SCAN_BYTES_MAX });
  if (anything.entries.length > 0) throw new PandaError('InvalidArgument', 'The store holds data, but not of a Panda shard');
  return undefined;
}

/** Makes an empty engine a shard that owns its part of the layout: one batch. */
export async function createShard(engine: Engine, identity: IdentityRow): Promise<void> {
  const ranges = identity.layout.filter((range) => range.shard === identity.shard);
  const guard: GuardRow = { epoch: 0, leader: 0, sequence: 0, clockBound: 0 };
  const batch: WriteBatch = {
    guard: { key: GUARD_KEY, expected: undefined, next: encodeGuardRow(guard) },
    puts: [
      [rowKeyBytes(IDENTITY_ROW_KEY), encodeIdentityRow(identity)],
      ...ranges.map(({ id, start, end }) => {
        const row = encodeOwnedRangeRow({ id, start, end, epoch: FIRST_EPOCH });
        return [rowKeyBytes(ownedRangeRowKey(start)), row] as const;
      }),
    ],
  };
  try {
    await engine.write(batch);
  } catch (cause) {
    throw new PandaError('ShardUnavailable', 'The shard could not be created', { shard: identity.shard, cause });
  }
}

/** The ranges that the shard in an engine owns. */
export async function readOwnedRanges(engine: Engine): Promise<OwnedRangeRow[]> {
  return await readAll(engine, ROW_SPACE.ownedRange, decodeOwnedRangeRow);
}

/**
 * Takes the shard over: from the guard's next epoch on, every batch of an earlier leader fails. Then reads what it has to go on
 * with: prepared transactions become locks again, unfinished outcomes are told again.
 */
export async function openLeader(options: OpenLeaderOptions): Promise<Leader> {
  const { engine, environment, settings } = options;
  const { guard, floor } = await takeOver(options);
  const clock = new HybridClock(environment, settings.maxClockOffsetMs, Math.max(floor, options.clockFloor));
  const [ranges, imports, arrivals, collected, prepared, outcomes, conflictsUpTo, isEmpty] = await Promise.all([
    readOwnedRanges(engine),
    readAll(engine, IMPORT_ROW_PREFIX, decodeImportRow),
    readAll(engine, ARRIVAL_ROW_PREFIX, decodeArrivalRow),
    readCollected(engine),
    readPrepared(engine, environment.now()),
    readAll(engine, ROW_SPACE.outcome, decodeOutcomeRow),
    readConflictFloor(engine),
    holdsNothing(engine),
  ]);
  for (const { row } of prepared) clock.advance(row.minTimestamp);
  for (const row of outcomes) clock.advance(row.committedAt ?? 0);
  const state = { guard, ranges, imports, arrivals, collected, prepared, outcomes, floor, conflictsUpTo, isEmpty };
  return new Leader({ ...options, clock }, state);
}

/** Reads the guard and moves it to the next epoch; again, where the leader before has written in between. */
async function takeOver(options: OpenLeaderOptions): Promise<{ guard: GuardRow; floor: Timestamp }> {
  for (let attempt = 1; ; attempt++) {
    const [guardRow, identity] = await options.engine.get([GUARD_KEY, IDENTITY_KEY]);
    const before = guardOf(guardRow);
    const guard = nextGuard(options, before);
    const puts = upgrade(identity);
    try {
      await options.engine.write({
        guard: { key: GUARD_KEY, expected: encodeGuardRow(before), next: encodeGuardRow(guard) },
        puts,
      });
    } catch (cause) {
      const now = await readGuard(options.engine);
      if (now.epoch !== guard.epoch || now.leader !== guard.leader) {
        if (GuardMismatch.is(cause) && attempt < TAKE_OVER_ATTEMPTS_MAX) continue;
        throw new PandaError('ShardUnavailable', 'The shard could not be taken over', { shard: options.id, cause });
      }
    }
    return { guard, floor: before.clockBound };
  }
}

/** The identity in this version's row format, where it is in an older one: from then on older versions of Panda refuse the store. */
function upgrade(identity: Uint8Array | undefined): Entry[] {
  if (identity === undefined || !isOlderFormat(identity)) return [];
  return [[IDENTITY_KEY, encodeIdentityRow(decodeIdentityRow(identity))]];
}

function nextGuard({ environment, settings, clockFloor }: OpenLeaderOptions, before: GuardRow): GuardRow {
  return {
    epoch: before.epoch + 1,
    leader: Math.floor(environment.random() * LEADER_NUMBERS),
    sequence: before.sequence,
    clockBound: Math.max(before.clockBound, clockFloor, leaseFrom(environment, settings)),
  };
}

function leaseFrom(environment: Environment, settings: ShardSettings): Timestamp {
  return timestampAt(environment.now()) + settings.leaseWindowMs * TICKS_PER_MS;
}

/** The lease that the shard's last leader has left: nothing of that leader lies above it. */
export async function readClockBound(engine: Engine): Promise<Timestamp> {
  return (await readGuard(engine)).clockBound;
}

async function readGuard(engine: Engine): Promise<GuardRow> {
  const [row] = await engine.get([GUARD_KEY]);
  return guardOf(row);
}

function guardOf(row: Uint8Array | undefined): GuardRow {
  if (row === undefined) throw new PandaError('Corruption', 'The shard has an identity but no guard');
  return decodeGuardRow(row);
}

async function readPrepared(engine: Engine, nowMs: number): Promise<PreparedTransaction[]> {
  const parts = new PartsDecoder();
  const rows = await readAll(engine, ROW_SPACE.prepared, (key, row) => parts.add(key, row));
  parts.finish();
  return rows.flatMap((whole) => {
    if (whole === undefined) return [];
    const transaction = new PreparedTransaction(decodePreparedRow(whole.rowKey, whole.payload), whole.parts, nowMs);
    transaction.durable.resolve();
    return [transaction];
  });
}

async function readConflictFloor(engine: Engine): Promise<Timestamp> {
  const [row] = await engine.get([CONFLICT_FLOOR_KEY]);
  return row === undefined ? 0 : decodeConflictFloorRow(row);
}

async function readCollected(engine: Engine): Promise<CollectedRow> {
  const [row] = await engine.get([rowKeyBytes(COLLECTED_ROW_KEY)]);
  return row === undefined ? NOTHING_COLLECTED : decodeCollectedRow(row);
}

/** Whether no key has a value. */
async function holdsNothing(engine: Engine): Promise<boolean> {
  const { entries } = await engine.scan(rowPrefixRange(ROW_SPACE.current), { limit: 1, maxBytes: 1 });
  return entries.length === 0;
}

/** The rows of a space, each decoded. Page by page, of which one comes while another is decoded: of ranges there may be a million. */
async function readAll<Row>(engine: Engine, space: string, decode: (key: string, row: Uint8Array) => Row): Promise<Row[]> {
  const pageOf = async (range: KeyRange): Promise<EngineScanPage> =>
    await engine.scan(range, { limit: PAGE_ROWS, maxBytes: SCAN_BYTES_MAX });
  const rows: Row[] = [];
  let coming: Promise<EngineScanPage> | undefined = pageOf(rowPrefixRange(space));
  while (coming !== undefined) {
    const { entries, rest }: EngineScanPage = await coming;
    coming = rest === undefined ? undefined : pageOf(rest);
    // Heard in the next round, unless a row of this one is damaged.
    coming?.catch(() => undefined);
    for (const [key, row] of entries) rows.push(decode(latin1(key), row));
  }
  return rows;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
