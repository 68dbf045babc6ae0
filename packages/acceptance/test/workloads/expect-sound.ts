import { setTimeout } from 'node:timers/promises';
import type { Database } from '@pandakv/core';
import { checkHistory, reportText, type Operation } from '@pandakv/history';
import { expect } from 'chai';
import type { Transfers } from '../transfers.js';
import type { ListAppends } from './list-appends.js';

const HEALED_WITHIN_MS = 15_000;

export interface Evidence {
  readonly db: Database;
  /** Records into `history`. */
  readonly lists: ListAppends;
  readonly transfers: Transfers;
  readonly history: readonly Operation[];
}

/**
 * Asserts what must hold after the faults: nothing is left half done, the history of the lists is strictly serializable and
 * holds everything acknowledged, and so do the accounts. Answers a line that says how much was done.
 */
export async function expectSound({ db, lists, transfers, history }: Evidence): Promise<string> {
  await expectHealed(db);
  const named = new Set(history.flatMap(({ value }) => value.map(([, list]) => list)));
  await lists.readAll([...named]);
  const result = checkHistory(history, { model: 'list-append' });
  expect(result.valid && result.complete, reportText(result)).to.equal(true);
  await transfers.checkAll();
  await expectHealed(db);
  const { ok, failed, unknown } = result.transactions;
  return `${ok} transactions over lists acknowledged, ${failed} refused, ${unknown} unknown; ${transfers.acknowledged} transfers`;
}

/** No prepared row, and no outcome that somebody has still to hear of. */
async function expectHealed(db: Database): Promise<void> {
  const deadline = Date.now() + HEALED_WITHIN_MS;
  for (;;) {
    const status = await db.status();
    const left = status.map(({ id, prepared, unfinishedOutcomes }) => ({ id, left: prepared + unfinishedOutcomes }));
    if (left.every((shard) => shard.left === 0)) return;
    if (Date.now() > deadline) expect.fail(`not finished ${HEALED_WITHIN_MS} ms after the last fault: ${JSON.stringify(left)}`);
    await setTimeout(20);
  }
}
