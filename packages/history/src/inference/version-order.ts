import type { HistoryBuilder } from '../history/history-builder.js';
import { GrowableInt32 } from '../history/growable.js';
import { Status } from '../history/transactions.js';
import { NONE } from '../history/versions.js';

/** How far {@link VersionOrder.precedes} follows an order that is only known in steps. */
const MAX_STEPS = 10_000;

/** What is known of the order of each key's versions: some that come directly or indirectly after each version. */
export class VersionOrder {
  readonly #from = new GrowableInt32();
  readonly #to = new GrowableInt32();
  #offsets = new Int32Array(1);
  #targets = new Int32Array(0);

  addEdge(from: number, to: number): void {
    if (from === to) return;
    this.#from.push(from);
    this.#to.push(to);
  }

  get edgeCount(): number {
    return this.#from.length;
  }

  /** Calls back with every edge. */
  forEachEdge(visit: (from: number, to: number) => void): void {
    for (let edge = 0; edge < this.#from.length; edge++) visit(this.#from.at(edge), this.#to.at(edge));
  }

  /** To be called when all edges are there, before what follows is asked for. */
  index(versions: number): void {
    const from = this.#from.view();
    this.#offsets = new Int32Array(versions + 1);
    for (const version of from) this.#offsets[version + 1]! += 1;
    for (let version = 0; version < versions; version++) this.#offsets[version + 1]! += this.#offsets[version]!;
    const next = this.#offsets.slice(0, versions);
    this.#targets = new Int32Array(from.length);
    for (let edge = 0; edge < from.length; edge++) this.#targets[next[from[edge]!]!++] = this.#to.at(edge);
  }

  successorsOf(version: number): Int32Array {
    return this.#targets.subarray(this.#offsets[version], this.#offsets[version + 1]);
  }

  /** Whether one is known to come before the other, as far as can be told in bounded time. */
  precedes(earlier: number, later: number): boolean {
    const met = new Set([earlier]);
    const open = [earlier];
    for (let i = 0; i < open.length && i < MAX_STEPS; i++) {
      for (const version of this.successorsOf(open[i]!)) {
        if (version === later) return true;
        if (met.has(version)) continue;
        met.add(version);
        open.push(version);
      }
    }
    return false;
  }
}

/** Everything that is inferred from a history before its cycles are looked for. */
export interface Inferred {
  readonly history: HistoryBuilder;
  readonly order: VersionOrder;
  /** By transaction: 1 for those that took effect, for all that is known. */
  readonly committed: Uint8Array;
  /** All versions, each before those that come before it. */
  readonly latestFirst: Int32Array;
  /** Whether a version is known to come before another one of the same key. */
  readonly precedes: (earlier: number, later: number) => boolean;
}

/** Transactions that were acknowledged, and those of unknown outcome of which something was read. */
export function committedTransactions({ transactions, versions }: HistoryBuilder): Uint8Array {
  const committed = new Uint8Array(transactions.count);
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    if (transactions.statusOf(transaction) === Status.ok) committed[transaction] = 1;
  }
  for (let version = 0; version < versions.count; version++) {
    const writer = versions.writerOf(version);
    if (writer === NONE || !versions.isObserved(version)) continue;
    if (transactions.statusOf(writer) === Status.unknown) committed[writer] = 1;
  }
  return committed;
}
