import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { startOf, transactionOf, type Finding, type Shard } from '../shard/index.js';
import type { Coordinator } from './coordinator.js';

/** What became of a transaction. `active`: it is open in this process, or its commit is under way. */
export type Outcome =
  | { readonly status: 'committed'; readonly timestamp: Timestamp }
  | { readonly status: 'aborted' }
  | { readonly status: 'active' };

/**
 * Finds out what became of a transaction (P6). One that no shard knows is forbidden on all of them before it is called aborted,
 * so that it cannot commit afterwards. One that may have committed where nobody can look any more is not: `SnapshotTooOld`.
 *
 * @param lastRemoval when a shard was removed last, with what had committed there alone
 */
export async function lookUpOutcome(
  id: string,
  shards: readonly Shard[],
  coordinator: Pick<Coordinator, 'isActive'>,
  lastRemoval: () => Promise<Timestamp>,
): Promise<Outcome> {
  const transaction = transactionOf(id);
  // What was prepared, and turned out to be aborted, when a shard was asked to forbid: that shard has still to forbid what may follow.
  for (let step: 'find' | 'forbid' = 'find'; ; step = 'forbid') {
    if (coordinator.isActive(transaction)) return { status: 'active' };
    const findings = await Promise.all(shards.map((shard) => shard[step](transaction)));
    const outcome = await conclude(transaction, findings, shards);
    if (outcome?.status !== 'committed') checkRemoval(transaction, await lastRemoval());
    if (outcome !== undefined) return outcome;
  }
}

async function conclude(
  transaction: string,
  findings: readonly Finding[],
  shards: readonly Shard[],
): Promise<Outcome | undefined> {
  for (const finding of findings) {
    if (finding.state === 'committed') return { status: 'committed', timestamp: finding.committedAt };
  }
  for (const [at, finding] of findings.entries()) {
    if (finding.state !== 'prepared') continue;
    const anchor = shards.find(({ id }) => id === finding.anchor);
    if (anchor === undefined) throw new PandaError('ShardUnavailable', 'The anchor cannot be asked', { shard: finding.anchor });
    const decision = await anchor.resolve(finding);
    if (decision.committedAt !== undefined) return { status: 'committed', timestamp: decision.committedAt };
    // Now, and not when somebody next tells it: until then this shard would go on to answer that it is prepared.
    await shards[at]!.apply(finding.transaction, decision);
  }
  checkReach(transaction, findings, shards);
  return findings.every((finding) => finding.state === 'aborted') ? { status: 'aborted' } : undefined;
}

/** Throws where a journal does not reach back to the transaction any more, so that nobody can tell whether it committed. */
function checkReach(transaction: string, findings: readonly Finding[], shards: readonly Shard[]): void {
  const at = findings.findIndex(({ state }) => state === 'forgotten');
  if (at >= 0) throw forgotten(transaction, 'The transaction began before what the journals still tell', shards[at]!.id);
}

/** Throws where a shard, and its journal with it, was removed after the transaction had begun. */
export function checkRemoval(transaction: string, lastRemoval: Timestamp): void {
  if (startOf(transaction) < lastRemoval) throw forgotten(transaction, 'A shard was removed after the transaction had begun');
}

function forgotten(transaction: string, why: string, shard?: string): PandaError {
  const facts = { transactionId: transaction, ...(shard === undefined ? {} : { shard }) };
  return new PandaError('SnapshotTooOld', `${why}: it is not known any more whether it committed`, facts);
}
