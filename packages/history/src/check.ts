import { ANOMALY_TYPES, meaningOf, type AnomalyType } from './anomalies/anomaly-types.js';
import { findBadReads } from './anomalies/bad-reads.js';
import { Findings, type Finding } from './anomalies/findings.js';
import { findFracturedReads } from './anomalies/fractured-reads.js';
import { findLostUpdates } from './anomalies/lost-updates.js';
import { findDirtyUpdates, findIncompatibleOrders } from './anomalies/order-conflicts.js';
import { findLostAppends, findStaleReads } from './anomalies/stale-reads.js';
import { impliedModels, ruledOutBy, type ConsistencyModel } from './consistency-models.js';
import { classify, isLongFork } from './graph/cycle-kinds.js';
import { searchCycles } from './graph/cycle-search.js';
import { DependencyEdges } from './graph/dependency-edges.js';
import { GraphBuilder } from './graph/graph.js';
import { addProcessEdges, addRealtimeEdges } from './graph/order-edges.js';
import { kindsOf } from './graph/simple-cycles.js';
import { HistoryBuilder } from './history/history-builder.js';
import { Status } from './history/transactions.js';
import { inferListAppend } from './inference/list-append.js';
import { ListIngest } from './inference/list-ingest.js';
import { inferRegister } from './inference/register.js';
import { RegisterIngest } from './inference/register-ingest.js';
import type { ListOrders } from './inference/list-orders.js';
import type { Inferred } from './inference/version-order.js';
import type { HistoryModel, Operation } from './operation.js';
import { Explainer, type StepView, type TransactionView } from './report/explain.js';

export interface CheckOptions {
  readonly model: HistoryModel;
  /** What the history is held against: strict serializability by default. */
  readonly consistency?: ConsistencyModel;
  /** How many examples of each type of anomaly are described: 5 by default. */
  readonly maxExamples?: number;
  /** For registers: take it as given that each key by itself is linearizable, which tells more of the order of versions. */
  readonly linearizableKeys?: boolean;
}

export interface Anomaly {
  readonly type: AnomalyType;
  readonly text: string;
  /** Those that take part; of a cycle in the order of its steps. */
  readonly transactions: readonly TransactionView[];
  /** Of a cycle: why each transaction comes before the next, and the last before the first. */
  readonly steps: readonly StepView[];
}

export interface AnomalySummary {
  readonly type: AnomalyType;
  readonly meaning: string;
  /** How many were found; of cycles, the search stops when it has examples enough. */
  readonly count: number;
  readonly examples: readonly Anomaly[];
}

export interface CheckResult {
  /** Whether nothing was found that contradicts the consistency model asked for. */
  readonly valid: boolean;
  readonly consistency: ConsistencyModel;
  readonly anomalies: readonly AnomalySummary[];
  /** The weakest consistency models that the anomalies rule out, and those that fall with them. */
  readonly not: readonly ConsistencyModel[];
  readonly alsoNot: readonly ConsistencyModel[];
  /** False if the search for cycles was cut short: there may be types of cycles that are not listed. */
  readonly complete: boolean;
  readonly operations: number;
  readonly transactions: { readonly ok: number; readonly failed: number; readonly unknown: number };
}

/**
 * Judges a history.
 * @throws HistoryError `InvalidHistory`
 */
export function checkHistory(operations: Iterable<Operation>, options: CheckOptions): CheckResult {
  const check = new HistoryCheck(options);
  for (const operation of operations) check.add(operation);
  return check.finish();
}

/** Judges a history that arrives bit by bit. What it keeps of a read of a list does not grow with the list. */
export class HistoryCheck {
  readonly #history = new HistoryBuilder();
  readonly #findings: Findings;
  readonly #lists: ListIngest | undefined;
  readonly #registers: RegisterIngest;
  readonly #consistency: ConsistencyModel;
  readonly #options: CheckOptions;

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#consistency = options.consistency ?? 'strict-serializable';
    this.#findings = new Findings(options.maxExamples ?? 5);
    this.#lists = options.model === 'list-append' ? new ListIngest(this.#history, this.#findings) : undefined;
    this.#registers = new RegisterIngest(this.#history, this.#findings);
  }

  /** @throws HistoryError `InvalidHistory` */
  add(operation: Operation): void {
    this.#history.add(operation, this.#ingest);
  }

  readonly #ingest = (...[transaction, status, steps]: Parameters<ListIngest['ingest']>): void => {
    (this.#lists ?? this.#registers).ingest(transaction, status, steps);
  };

  finish(): CheckResult {
    this.#history.finish(this.#ingest);
    const orders = this.#lists?.orders;
    const inferred = this.#infer(orders);
    this.#findWithoutCycles(inferred, orders);
    const isComplete = this.#findCycles(inferred);
    return this.#result(new Explainer(inferred, orders), isComplete);
  }

  #infer(orders: ListOrders | undefined): Inferred {
    if (orders !== undefined) return inferListAppend(this.#history, orders);
    const linearizableKeys = this.#options.linearizableKeys ?? false;
    return inferRegister(this.#history, this.#findings, { linearizableKeys });
  }

  #findWithoutCycles(inferred: Inferred, orders: ListOrders | undefined): void {
    findBadReads(inferred, orders, this.#findings);
    findLostUpdates(inferred, this.#findings);
    findFracturedReads(inferred, this.#findings);
    if (this.#needsTime()) findStaleReads(inferred, this.#findings);
    if (orders === undefined) return;
    findIncompatibleOrders(inferred, orders, this.#findings);
    findDirtyUpdates(inferred, orders, this.#findings);
    if (this.#needsTime()) findLostAppends(inferred, this.#findings);
  }

  #needsTime(): boolean {
    return impliedModels(this.#consistency).has('strong-snapshot-isolation');
  }

  #findCycles(inferred: Inferred): boolean {
    const { transactions } = this.#history;
    const builder = new GraphBuilder(transactions.count);
    new DependencyEdges(inferred, builder).add();
    if (impliedModels(this.#consistency).has('strong-session-snapshot-isolation')) addProcessEdges(this.#history, builder);
    if (this.#needsTime()) addRealtimeEdges(this.#history, inferred.committed, builder);
    return searchCycles(
      builder.build(),
      transactions.count,
      ({ type }) => !this.#findings.isFull(type),
      (cycle) => {
        const kinds = kindsOf(cycle);
        const participants = cycle.map(({ from }) => from);
        this.#findings.add(classify(kinds), participants, () => '', cycle);
        if (isLongFork(kinds)) this.#findings.add('long-fork', participants, () => '', cycle);
      },
    );
  }

  #result(explainer: Explainer, complete: boolean): CheckResult {
    const types = ANOMALY_TYPES.filter((type) => this.#findings.has(type));
    const { not, alsoNot } = ruledOutBy(types);
    const count = (status: Status) => {
      let n = 0;
      const { transactions } = this.#history;
      for (let i = 0; i < transactions.count; i++) if (transactions.statusOf(i) === status) n += 1;
      return n;
    };
    return {
      valid: !not.includes(this.#consistency) && !alsoNot.includes(this.#consistency),
      consistency: this.#consistency,
      anomalies: types.map((type) => this.#summary(type, explainer)),
      not,
      alsoNot,
      complete,
      operations: this.#history.length,
      transactions: { ok: count(Status.ok), failed: count(Status.failed), unknown: count(Status.unknown) },
    };
  }

  #summary(type: AnomalyType, explainer: Explainer): AnomalySummary {
    const { count, examples } = this.#findings.get(type);
    return { type, meaning: meaningOf(type), count, examples: examples.map((finding) => describe(type, finding, explainer)) };
  }
}

function describe(type: AnomalyType, finding: Finding, explainer: Explainer): Anomaly {
  const steps = (finding.cycle ?? []).map((step) => explainer.explain(step));
  const text =
    steps.length === 0
      ? finding.text
      : steps.map(({ to, kind, text: reason }) => `${reason}; so ${to} came after (${kind})`).join('. ');
  return { type, text, transactions: finding.transactions.map((transaction) => explainer.view(transaction)), steps };
}
