import { Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { Inferred } from '../inference/version-order.js';
import { keyText, nameOf, versionText } from '../report/text.js';
import type { Findings } from './findings.js';

/** Transactions that read one key as another transaction left it, and a second one as it was before that. */
export function findFracturedReads(inferred: Inferred, findings: Findings): void {
  const { transactions, versions } = inferred.history;
  for (let reader = 0; reader < transactions.count; reader++) {
    const reads = versionsRead(inferred, reader);
    if (reads.length < 2) continue;
    for (const seen of reads) {
      const writer = versions.writerOf(seen);
      if (writer === NONE || inferred.committed[writer] === 0 || writer === reader) continue;
      const missed = missedWrite(inferred, writer, seen, reads);
      if (missed === undefined) continue;
      const [seenKey, missedKey] = [seen, missed].map((version) => keyText(versions.keys[versions.keyOf(version)]!));
      const missedText = versionText(versions, missed);
      const describe = () =>
        `${nameOf(reader)} saw what ${nameOf(writer)} wrote to ${seenKey!}, but not the ${missedText} that it wrote to ${missedKey!}.`;
      findings.add('fractured-read', [writer, reader], describe);
    }
  }
}

function versionsRead({ history: { transactions } }: Inferred, reader: number): number[] {
  const read: number[] = [];
  const end = transactions.endOfSteps(reader);
  for (let step = transactions.firstStep(reader); step < end; step++) {
    if (transactions.stepKind(step) === Step.read) read.push(transactions.stepVersion(step));
  }
  return read;
}

/** A write to another key than the one seen, that came after what was read of its key. */
function missedWrite(
  { history, precedes }: Inferred,
  writer: number,
  seen: number,
  reads: readonly number[],
): number | undefined {
  const { transactions, versions } = history;
  const end = transactions.endOfSteps(writer);
  for (let step = transactions.firstStep(writer); step < end; step++) {
    if (transactions.stepKind(step) !== Step.write) continue;
    const written = transactions.stepVersion(step);
    const key = versions.keyOf(written);
    if (versions.isIntermediate(written) || key === versions.keyOf(seen)) continue;
    for (const read of reads) {
      if (versions.keyOf(read) === key && versions.writerOf(read) !== writer && precedes(read, written)) return written;
    }
  }
  return undefined;
}
