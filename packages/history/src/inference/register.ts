import type { Findings } from '../anomalies/findings.js';
import { EDGE } from '../graph/edge.js';
import { GraphBuilder } from '../graph/graph.js';
import { cyclicComponents, strongComponents, type Components } from '../graph/strong-components.js';
import type { HistoryBuilder } from '../history/history-builder.js';
import { Status, Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import { keyText, scalarText } from '../report/text.js';
import { addLinearizableKeys } from './linearizable-keys.js';
import { committedTransactions, VersionOrder, type Inferred } from './version-order.js';

export interface RegisterOptions {
  /** Take it as given that each key by itself is linearizable: its versions follow each other in the order of time. */
  readonly linearizableKeys: boolean;
}

/**
 * What can be told of the order of versions of registers: the initial one comes first; what a transaction read of a key comes
 * before what it then wrote there; and, if that is assumed, what was finished earlier comes earlier.
 */
export function inferRegister(history: HistoryBuilder, findings: Findings, { linearizableKeys }: RegisterOptions): Inferred {
  const { versions } = history;
  const committed = committedTransactions(history);
  const all = new VersionOrder();
  addReadsBeforeWrites(history, committed, all);
  if (linearizableKeys) addLinearizableKeys(history, committed, all);
  const components = componentsOf(all, versions.count);
  const badKeys = reportCycles(history, components, findings);
  const order = new VersionOrder();
  const hasEarlier = new Uint8Array(versions.count);
  all.forEachEdge((from, to) => {
    if (badKeys.has(versions.keyOf(from))) return;
    order.addEdge(from, to);
    if (!versions.isInitial(from)) hasEarlier[to] = 1;
  });
  addInitialVersions(history, committed, hasEarlier, order);
  order.index(versions.count);
  const precedes = (earlier: number, later: number) => order.precedes(earlier, later);
  return { history, order, committed, latestFirst: latestFirst(history, components), precedes };
}

function addReadsBeforeWrites({ transactions, versions }: HistoryBuilder, committed: Uint8Array, order: VersionOrder): void {
  const read = new Map<number, number>();
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    if (committed[transaction] === 0 || transactions.statusOf(transaction) !== Status.ok) continue;
    read.clear();
    const end = transactions.endOfSteps(transaction);
    for (let step = transactions.firstStep(transaction); step < end; step++) {
      const version = transactions.stepVersion(step);
      const key = versions.keyOf(version);
      if (transactions.stepKind(step) === Step.read) read.set(key, version);
      if (transactions.stepKind(step) !== Step.write || versions.isIntermediate(version)) continue;
      const earlier = read.get(key);
      if (earlier !== undefined) order.addEdge(earlier, version);
    }
  }
}

function componentsOf(order: VersionOrder, versions: number): Components {
  const graph = new GraphBuilder(versions);
  order.forEachEdge((from, to) => graph.addEdge(from, to, EDGE.ww));
  return strongComponents(graph.build(), EDGE.ww);
}

/** Returns the keys whose versions make cycles: nothing more can be told from their order. */
function reportCycles({ versions }: HistoryBuilder, components: Components, findings: Findings): Set<number> {
  const keys = new Set<number>();
  for (const cycle of cyclicComponents(components)) {
    const key = versions.keyOf(cycle[0]!);
    keys.add(key);
    const writers = [...new Set(cycle.map((version) => versions.writerOf(version)))].filter((writer) => writer !== NONE);
    findings.add('cyclic-versions', writers, () => {
      const values = cycle.map((version) => scalarText(versions.valueOf(version))).join(', ');
      return `Of ${keyText(versions.keys[key]!)}, the versions ${values} each came before the other.`;
    });
  }
  return keys;
}

/** The initial version leads to all that nothing else is known to come before. */
function addInitialVersions(
  { versions }: HistoryBuilder,
  committed: Uint8Array,
  hasEarlier: Uint8Array,
  order: VersionOrder,
): void {
  for (let version = 0; version < versions.count; version++) {
    const writer = versions.writerOf(version);
    if (writer === NONE || committed[writer] === 0 || versions.isIntermediate(version) || hasEarlier[version] === 1) continue;
    order.addEdge(versions.initialOf(versions.keyOf(version)), version);
  }
}

/** Components are numbered latest first; the initial versions come before all. */
function latestFirst({ versions }: HistoryBuilder, { count, componentOf }: Components): Int32Array {
  const first = new Int32Array(count + 2);
  const placeOf = (version: number) => (versions.isInitial(version) ? count : componentOf[version]!);
  for (let version = 0; version < versions.count; version++) first[placeOf(version) + 1]! += 1;
  for (let place = 0; place <= count; place++) first[place + 1]! += first[place]!;
  const sorted = new Int32Array(versions.count);
  for (let version = 0; version < versions.count; version++) sorted[first[placeOf(version)]!++] = version;
  return sorted;
}
