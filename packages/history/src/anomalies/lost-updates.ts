import { Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { Inferred } from '../inference/version-order.js';
import { keyText, versionText } from '../report/text.js';
import type { Findings } from './findings.js';

/** Committed transactions that read one version of a key, and then both wrote the key. */
export function findLostUpdates({ history, committed }: Inferred, findings: Findings): void {
  const { transactions, versions } = history;
  const updater = new Int32Array(versions.count).fill(NONE);
  const lastRead = new Map<number, number>();
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    if (committed[transaction] === 0) continue;
    lastRead.clear();
    const end = transactions.endOfSteps(transaction);
    for (let step = transactions.firstStep(transaction); step < end; step++) {
      const kind = transactions.stepKind(step);
      const version = transactions.stepVersion(step);
      const key = versions.keyOf(version);
      if (kind !== Step.write) {
        if (kind !== Step.ownRead) lastRead.set(key, version);
        continue;
      }
      const read = lastRead.get(key);
      if (read === undefined) continue;
      lastRead.delete(key);
      const other = updater[read]!;
      updater[read] = transaction;
      if (other === NONE || other === transaction) continue;
      const name = keyText(versions.keys[key]!);
      findings.add(
        'lost-update',
        [other, transaction],
        () => `Both read ${versionText(versions, read)} of ${name}, then wrote it.`,
      );
    }
  }
}
