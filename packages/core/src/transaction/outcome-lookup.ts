import type { Timestamp } from '../clock/index.js';
import { transactionOf, type Finding, type Shard } from '../shard/index.js';
import type { Coordinator } from './coordinator.js';

/** What became of a transaction. `active`: it is open in this process, or its commit is under way. */
export type Outcome =
  | { readonly status: 'committed'; readonly timestamp: Timestamp }
  | { readonly status: 'aborted' }
  | { readonly status: 'active' };

/**
 * Finds out what became of a transaction (P6). One that no shard knows is forbidden on all of them before it is called aborted,
 * so that it cannot commit afterwards.
 */
export async function lookUpOutcome(id: string, shards: readonly Shard[], coordinator: Coordinator): Promise<Outcome> {
  const transaction = transactionOf(id);
  for (const step of ['find', 'forbid'] as const) {
    if (coordinator.isActive(transaction)) return { status: 'active' };
    const findings = await Promise.all(shards.map((shard) => shard[step](transaction)));
    const outcome = await conclude(transaction, findings, shards);
    if (outcome !== undefined) return outcome;
  }
  return { status: 'aborted' };
}

async function conclude(
  transaction: string,
  findings: readonly Finding[],
  shards: readonly Shard[],
): Promise<Outcome | undefined> {
  for (const finding of findings) {
    if (finding.state === 'committed') return { status: 'committed', timestamp: finding.committedAt };
  }
  for (const finding of findings) {
    if (finding.state !== 'prepared') continue;
    await Promise.all(shards.map((shard) => shard.recover()));
    const again = await Promise.all(shards.map((shard) => shard.find(transaction)));
    return await conclude(transaction, again, shards);
  }
  return findings.every((finding) => finding.state === 'aborted') ? { status: 'aborted' } : undefined;
}
