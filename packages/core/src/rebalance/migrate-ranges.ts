import type { MigrationRecord, MoveRecord, RangeDescriptor, Router } from '../catalog/index.js';
import { spansOverlap } from '../keys/index.js';
import type { Transaction } from '../transaction/index.js';
import type { Cleaner } from './cleaner.js';
import { allCleanups, allMoves, migrationOf, moveOf, putMove } from './move-records.js';
import { rangeHolding } from './range-records.js';
import type { SystemTransactions } from './system-transactions.js';

/** Ranges that one transaction records. */
const RANGES_MAX = 256;

export interface MigratedRanges {
  readonly moves: readonly MoveRecord[];
  /** Ranges of the sources that could not be recorded yet: a change of theirs has not ended. */
  readonly missing: number;
}

/**
 * Makes every range of the sources a part of the migration, and answers all that are. What is a part of it is not split, merged or moved
 * by others until the migration ends, so each range keeps its two places, and a copy never has to be divided.
 */
export async function recordRanges(
  {
    transactions,
    router,
    cleaner,
    newId,
  }: {
    readonly transactions: SystemTransactions;
    readonly router: Router;
    readonly cleaner: Cleaner;
    readonly newId: () => string;
  },
  migration: MigrationRecord,
): Promise<MigratedRanges> {
  await router.refresh({ start: '', end: undefined });
  const movesOf = (transaction: Transaction): Promise<MoveRecord[]> => allMoves(transaction);
  const known = new Set(
    (await transactions.run(movesOf)).flatMap(({ range, migration: id }) => (id === migration.id ? [range] : [])),
  );
  const places = placesOf(migration, router.ranges);
  const wanted = router.ranges.filter(({ id, shard }) => migration.from.includes(shard) && !known.has(id));
  let missing = 0;
  for (let at = 0; at < wanted.length; at += RANGES_MAX) {
    const some = wanted.slice(at, at + RANGES_MAX);
    // What an earlier move has left at a destination must be gone before rows are brought there.
    for (const cleanup of await transactions.run(allCleanups)) {
      if (some.some((range) => places.get(range.id) === cleanup.shard && spansOverlap(range, cleanup)))
        await cleaner.clean(cleanup);
    }
    missing += await transactions.run(async (transaction) => {
      if ((await migrationOf(transaction))?.id !== migration.id) return 0;
      let left = 0;
      for (const range of some) {
        const isSame = await canBeRecorded(transaction, range);
        if (isSame) putMove(transaction, recordOf(migration, range, places.get(range.id)!, newId()));
        else left++;
      }
      return left;
    });
  }
  const moves = (await transactions.run(movesOf)).filter((move) => move.migration === migration.id);
  return { moves, missing };
}

async function canBeRecorded(transaction: Transaction, known: RangeDescriptor): Promise<boolean> {
  const { id, epoch } = await rangeHolding(transaction, known.start);
  return id === known.id && epoch === known.epoch && (await moveOf(transaction, id)) === undefined;
}

function recordOf({ id: migration }: MigrationRecord, range: RangeDescriptor, to: string, id: string): MoveRecord {
  const { start, end, epoch, shard } = range;
  return { id, range: range.id, start, end, epoch, from: shard, to, migration };
}

/** Where each range of the sources goes: each source has destinations of its own, in turn, and its ranges are dealt out among them. */
export function placesOf({ from, to }: MigrationRecord, ranges: readonly RangeDescriptor[]): Map<string, string> {
  const takersOf = from.map((_, at) => {
    const takers = to.filter((__, i) => i % from.length === at);
    return takers.length > 0 ? takers : [to[at % to.length]!];
  });
  const dealt = from.map(() => 0);
  const places = new Map<string, string>();
  for (const { id, shard } of ranges) {
    const at = from.indexOf(shard);
    if (at === -1) continue;
    const takers = takersOf[at]!;
    places.set(id, takers[dealt[at]! % takers.length]!);
    dealt[at]!++;
  }
  return places;
}
