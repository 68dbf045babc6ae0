import { Status, Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { ListOrders } from '../inference/list-orders.js';
import type { Inferred } from '../inference/version-order.js';
import { keyText, nameOf, scalarText } from '../report/text.js';
import type { Findings } from './findings.js';

/**
 * Reads of versions that nobody committed: of aborted transactions (G1a), of nobody, and of what their writer wrote over (G1b).
 * @param orders of a list-append history: a read is also of all versions before the one that it ends with
 */
export function findBadReads({ history }: Inferred, orders: ListOrders | undefined, findings: Findings): void {
  const { transactions } = history;
  const judge = new BadReads(history, findings);
  const bad = orders === undefined ? undefined : badPrefixes(orders, judge, history.versions.keys.length);
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    const end = transactions.endOfSteps(transaction);
    for (let step = transactions.firstStep(transaction); step < end; step++) {
      if (transactions.stepKind(step) !== Step.read) continue;
      const version = transactions.stepVersion(step);
      judge.judgeLast(transaction, version);
      if (orders === undefined || bad === undefined) continue;
      const position = orders.positionOf(version);
      for (const earlier of bad[history.versions.keyOf(version)] ?? []) {
        if (orders.positionOf(earlier) < position) judge.judge(transaction, earlier);
      }
    }
  }
  for (const { transaction, versions } of orders?.divergent ?? []) {
    for (const version of versions) judge.judge(transaction, version);
    if (versions.length > 0) judge.judgeIntermediate(transaction, versions.at(-1)!);
  }
}

class BadReads {
  constructor(
    private readonly history: Inferred['history'],
    private readonly findings: Findings,
  ) {}

  judgeLast(reader: number, version: number): void {
    this.judge(reader, version);
    this.judgeIntermediate(reader, version);
  }

  isBad(version: number): boolean {
    const { transactions, versions } = this.history;
    if (versions.isInitial(version)) return false;
    const writer = versions.writerOf(version);
    return writer === NONE || transactions.statusOf(writer) === Status.failed;
  }

  judge(reader: number, version: number): void {
    if (!this.isBad(version)) return;
    const writer = this.history.versions.writerOf(version);
    if (writer === NONE) {
      this.findings.add('unwritten-read', [reader], () => `${nameOf(reader)} read ${this.#name(version)}, which nobody wrote.`);
    } else {
      this.findings.add(
        'G1a',
        [writer, reader],
        () => `${nameOf(reader)} read ${this.#name(version)}, which ${nameOf(writer)}, aborted, wrote.`,
      );
    }
  }

  judgeIntermediate(reader: number, version: number): void {
    const { versions } = this.history;
    const writer = versions.writerOf(version);
    if (!versions.isIntermediate(version) || writer === reader || writer === NONE) return;
    const describe = () =>
      `${nameOf(reader)} read ${this.#name(version)}, which was not the last that ${nameOf(writer)} wrote there.`;
    this.findings.add('G1b', [writer, reader], describe);
  }

  #name(version: number): string {
    const { versions } = this.history;
    return `${scalarText(versions.valueOf(version))} of ${keyText(versions.keys[versions.keyOf(version)]!)}`;
  }
}

/** By key, the versions in its order that nobody committed; where there are none, nothing. */
function badPrefixes(orders: ListOrders, judge: BadReads, keys: number): (readonly number[] | undefined)[] {
  return Array.from({ length: keys }, (_, key) => {
    const bad = orders.orderOf(key).filter((version) => judge.isBad(version));
    return bad.length === 0 ? undefined : bad;
  });
}
