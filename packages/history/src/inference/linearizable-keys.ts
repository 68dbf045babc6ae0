import type { HistoryBuilder } from '../history/history-builder.js';
import { Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { VersionOrder } from './version-order.js';

/** A transaction's part in one key. */
interface Touch {
  readonly invoked: number;
  readonly completed: number;
  readonly first: number;
  readonly last: number;
}

/**
 * Orders the versions of each key by time: the version that a transaction left or saw last comes before what another, invoked
 * after the completion of the first, saw or wrote first. Only the latest completed are linked: the others follow from these.
 */
export function addLinearizableKeys(history: HistoryBuilder, committed: Uint8Array, order: VersionOrder): void {
  const { versions } = history;
  for (const touches of touchesByKey(history, committed)) {
    if (touches === undefined) continue;
    const byCompletion = touches.toSorted((left, right) => left.completed - right.completed);
    let frontier: Touch[] = [];
    let next = 0;
    for (const touch of touches.sort((left, right) => left.invoked - right.invoked)) {
      for (; next < byCompletion.length && byCompletion[next]!.completed < touch.invoked; next++) {
        const completed = byCompletion[next]!;
        frontier = frontier.filter((earlier) => earlier.completed > completed.invoked);
        frontier.push(completed);
      }
      const writer = versions.writerOf(touch.first);
      if (writer === NONE || committed[writer] === 0) continue;
      for (const earlier of frontier) order.addEdge(earlier.last, touch.first);
    }
  }
}

function touchesByKey({ transactions, versions }: HistoryBuilder, committed: Uint8Array): (Touch[] | undefined)[] {
  const byKey: (Touch[] | undefined)[] = Array.from({ length: versions.keys.length });
  const own = new Map<number, { first: number; last: number }>();
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    if (committed[transaction] === 0) continue;
    own.clear();
    const end = transactions.endOfSteps(transaction);
    for (let step = transactions.firstStep(transaction); step < end; step++) {
      const version = transactions.stepVersion(step);
      if (transactions.stepKind(step) === Step.write && versions.isIntermediate(version)) continue;
      const key = versions.keyOf(version);
      const known = own.get(key);
      if (known === undefined) own.set(key, { first: version, last: version });
      else known.last = version;
    }
    const [invoked, completed] = [transactions.invokedAt(transaction), transactions.completedAt(transaction)];
    for (const [key, { first, last }] of own) (byKey[key] ??= []).push({ invoked, completed, first, last });
  }
  return byKey;
}
