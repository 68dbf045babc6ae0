import type { MoveRecord, RangeDescriptor } from '../catalog/index.js';
import type { Environment, Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { sleep } from '../shard/index.js';
import type { Transaction } from '../transaction/index.js';
import { deleteMove, moveOf } from './move-records.js';
import type { MoveRun } from './move-run.js';
import { catchUp, tailTo } from './move-tail.js';
import { putRange, rangeHolding, sameRange } from './range-records.js';
import type { SystemTransactions } from './system-transactions.js';

const PAUSE_BUDGET_MS = 200;
const RETRY_MS = 50;
const RETRY_MS_MAX = 2_000;

export interface CutOverParts {
  readonly environment: Environment;
  readonly transactions: SystemTransactions;
  readonly newToken: () => string;
  /** Records, with the switch, what becomes of the rows that the source keeps. */
  readonly leave: (transaction: Transaction, left: LeftRange) => void;
}

/** A range that the destination of a move serves from now on. */
export interface LeftRange {
  readonly move: MoveRecord;
  readonly epoch: number;
  /** Whatever the destination writes there comes after this sequence of its journal. */
  readonly base: number;
}

/**
 * Gives the range to the destination: the source takes no new commits in the range, the rest is brought, and one transaction over
 * source, destination and catalog switches. What takes longer than the budget is given up, and tried again later. Answers how long
 * commits in the range have waited, in milliseconds.
 */
export async function cutOver(run: MoveRun, parts: CutOverParts, budgetMs = PAUSE_BUDGET_MS): Promise<number> {
  const { environment } = parts;
  for (let attempt = 1; ; attempt++) {
    await catchUp(run);
    run.check();
    run.report('cut-over');
    const start = environment.now();
    if (await tryOnce(run, parts, budgetMs)) return environment.now() - start;
    await sleep(environment, Math.min(RETRY_MS * 2 ** attempt, RETRY_MS_MAX));
  }
}

/** False when the range goes on at the source. */
async function tryOnce(run: MoveRun, parts: CutOverParts, budgetMs: number): Promise<boolean> {
  const { transactions } = parts;
  const token = parts.newToken();
  const base = await run.destination.lastSequence();
  try {
    const sequence = await run.source.freeze({ range: run.route, span: run.span, token, budgetMs });
    if (sequence === undefined) return false;
    await tailTo(run, sequence, true);
    await run.destination.adoptThresholds(await run.source.thresholds());
    const left = (transaction: Transaction, epoch: number): void => parts.leave(transaction, { move: run.record, epoch, base });
    const conflictsUpTo = await run.source.conflictsUpTo();
    await switchOver(transactions, { move: run.record, freeze: token, sequence, conflictsUpTo, left }, budgetMs);
    return true;
  } catch (error) {
    if (!isForLater(error)) throw error;
    return await isSwitched(transactions, run.record);
  } finally {
    run.source.thaw(run.record.range, token);
  }
}

function isForLater(error: unknown): boolean {
  return PandaError.is(error) && (error.retryable || error.code === 'DeadlineExceeded' || error.code === 'CommitUnknown');
}

interface Switch {
  readonly move: MoveRecord;
  /** The token of the freeze. */
  readonly freeze: string;
  /** The last of the source's journal. */
  readonly sequence: number;
  /** No write conflict was added there by hand after this. */
  readonly conflictsUpTo: Timestamp;
  readonly left: (transaction: Transaction, epoch: number) => void;
}

/** One Panda transaction. Its commit timestamp lies above all that the source has read or committed at, and the destination's clock passes it. */
async function switchOver(
  transactions: SystemTransactions,
  { move, freeze, sequence, conflictsUpTo, left }: Switch,
  deadlineMs: number,
): Promise<void> {
  await transactions.run(async (transaction, changes) => {
    const { id, epoch } = await sameMove(transaction, move);
    const moved: RangeDescriptor = { id, start: move.start, end: move.end, epoch: epoch + 1, shard: move.to };
    putRange(transaction, moved);
    deleteMove(transaction, move);
    left(transaction, epoch + 1);
    changes.set(move.from, { drop: [{ id, epoch, freeze }], put: [] });
    changes.set(move.to, {
      drop: [],
      put: [{ id, start: move.start, end: move.end, epoch: epoch + 1 }],
      import: { move: move.id, sequence, conflictsUpTo },
    });
  }, deadlineMs);
}

/** Refuses when somebody has cancelled the move, or has switched already. */
async function sameMove(transaction: Transaction, move: MoveRecord): Promise<RangeDescriptor> {
  if ((await moveOf(transaction, move.range))?.id !== move.id) throw moveEnded(move);
  return await sameRange(transaction, { id: move.range, start: move.start, end: move.end, epoch: move.epoch, shard: move.from });
}

/** Whether the switch came to commit, although it seemed to fail. */
async function isSwitched(transactions: SystemTransactions, move: MoveRecord): Promise<boolean> {
  return await transactions.run(async (transaction) => {
    if ((await moveOf(transaction, move.range))?.id === move.id) return false;
    const { epoch, shard } = await rangeHolding(transaction, move.start);
    if (shard === move.to && epoch > move.epoch) return true;
    throw moveEnded(move);
  });
}

/** Somebody else has ended the move. */
export function moveEnded(move: MoveRecord): PandaError {
  return new PandaError('InvalidArgument', 'The move was cancelled', { range: move.range, shard: move.to });
}
