import { Status } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { ListOrders } from '../inference/list-orders.js';
import type { Inferred } from '../inference/version-order.js';
import { keyText, listText, nameOf, scalarText } from '../report/text.js';
import type { Findings } from './findings.js';

/** Reads of one key that cannot both be right. */
export function findIncompatibleOrders({ history }: Inferred, orders: ListOrders, findings: Findings): void {
  const { versions } = history;
  for (const { key, transaction, versions: read } of orders.divergent) {
    findings.add('incompatible-order', [transaction], () => {
      const longest = orders.orderOf(key).map((version) => versions.valueOf(version)!);
      const list = read.map((version) => versions.valueOf(version)!);
      return `${nameOf(transaction)} read ${keyText(versions.keys[key]!)} as ${listText(list)}; the longest read is ${listText(longest)}.`;
    });
  }
}

/** Committed appends right after an aborted one. */
export function findDirtyUpdates({ history, committed }: Inferred, orders: ListOrders, findings: Findings): void {
  const { transactions, versions } = history;
  for (let key = 0; key < versions.keys.length; key++) {
    let aborted = NONE;
    for (const version of orders.orderOf(key)) {
      const writer = versions.writerOf(version);
      if (writer === NONE) continue;
      if (transactions.statusOf(writer) === Status.failed) {
        aborted = version;
      } else if (aborted !== NONE && committed[writer] === 1) {
        const [first, second] = [scalarText(versions.valueOf(aborted)), scalarText(versions.valueOf(version))];
        const name = keyText(versions.keys[key]!);
        const failed = versions.writerOf(aborted);
        const describe = () =>
          `${nameOf(writer)} appended ${second} to ${name} after ${first}, which ${nameOf(failed)}, aborted, appended.`;
        findings.add('dirty-update', [failed, writer], describe);
        aborted = NONE;
      }
    }
  }
}
