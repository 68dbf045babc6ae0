import { NEVER, Status, Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { Inferred } from '../inference/version-order.js';
import { keyText, nameOf, scalarText, versionText } from '../report/text.js';
import type { Findings } from './findings.js';

/** Reads of a version although a later one had been acknowledged before the reader was invoked. */
export function findStaleReads(inferred: Inferred, findings: Findings): void {
  const { transactions, versions } = inferred.history;
  const superseding = supersedingVersions(inferred);
  for (let reader = 0; reader < transactions.count; reader++) {
    const end = transactions.endOfSteps(reader);
    for (let step = transactions.firstStep(reader); step < end; step++) {
      if (transactions.stepKind(step) !== Step.read) continue;
      const read = transactions.stepVersion(step);
      const later = superseding[read]!;
      if (later === NONE || transactions.completedAt(versions.writerOf(later)) >= transactions.invokedAt(reader)) continue;
      const name = keyText(versions.keys[versions.keyOf(read)]!);
      const [seen, missed] = [versionText(versions, read), scalarText(versions.valueOf(later))];
      const writer = versions.writerOf(later);
      const describe = () =>
        `${nameOf(reader)} read ${seen} of ${name}, although ${nameOf(writer)}, which wrote ${missed}, was acknowledged before ${nameOf(reader)} began.`;
      findings.add('stale-read', [writer, reader], describe);
    }
  }
}

/** By version: of all that come after it, the one that was acknowledged first. */
function supersedingVersions({ history, order, latestFirst }: Inferred): Int32Array {
  const { transactions, versions } = history;
  const superseding = new Int32Array(versions.count).fill(NONE);
  const acknowledgedAt = (version: number) => (version === NONE ? NEVER : transactions.completedAt(versions.writerOf(version)));
  for (const version of latestFirst) {
    for (const later of order.successorsOf(version)) {
      for (const candidate of [later, superseding[later]!]) {
        if (acknowledgedAt(candidate) < acknowledgedAt(superseding[version]!)) superseding[version] = candidate;
      }
    }
  }
  return superseding;
}

/** Acknowledged appends that no read shows, although a read of the key was invoked after that. */
export function findLostAppends({ history }: Inferred, findings: Findings): void {
  const { transactions, versions } = history;
  const lastReader = latestReaders(history);
  for (let version = 0; version < versions.count; version++) {
    const writer = versions.writerOf(version);
    if (writer === NONE || versions.isObserved(version) || transactions.statusOf(writer) !== Status.ok) continue;
    const reader = lastReader[versions.keyOf(version)]!;
    if (reader === NONE || transactions.invokedAt(reader) <= transactions.completedAt(writer)) continue;
    const name = keyText(versions.keys[versions.keyOf(version)]!);
    const value = scalarText(versions.valueOf(version));
    findings.add(
      'lost-append',
      [writer, reader],
      () => `${nameOf(writer)} appended ${value} to ${name}; no read shows it, not even that of ${nameOf(reader)}.`,
    );
  }
}

/** By key: of the transactions that read it, the one that was invoked last. */
function latestReaders({ transactions, versions }: Inferred['history']): Int32Array {
  const latest = new Int32Array(versions.keys.length).fill(NONE);
  for (let reader = 0; reader < transactions.count; reader++) {
    const end = transactions.endOfSteps(reader);
    for (let step = transactions.firstStep(reader); step < end; step++) {
      const kind = transactions.stepKind(step);
      if (kind !== Step.read && kind !== Step.divergentRead) continue;
      const key = versions.keyOf(transactions.stepVersion(step));
      const known = latest[key]!;
      if (known === NONE || transactions.invokedAt(reader) > transactions.invokedAt(known)) latest[key] = reader;
    }
  }
  return latest;
}
