import { Step } from '../history/transactions.js';
import { NONE } from '../history/versions.js';
import type { Inferred } from '../inference/version-order.js';
import { EDGE } from './edge.js';
import type { GraphBuilder } from './graph.js';

/**
 * Adds the write-write, write-read and read-write edges. A version with several versions after it gets a node of its own that
 * leads to their writers, so that n readers and m writers make n + m edges, not n × m.
 */
export class DependencyEdges {
  readonly #forks = new Map<number, number>();

  constructor(
    private readonly inferred: Inferred,
    private readonly graph: GraphBuilder,
  ) {}

  add(): void {
    const { history, committed } = this.inferred;
    const { transactions, versions } = history;
    for (let version = 0; version < versions.count; version++) {
      const writer = versions.writerOf(version);
      if (writer !== NONE && committed[writer] === 1) this.#addFollowers(writer, version, EDGE.ww);
    }
    for (let transaction = 0; transaction < transactions.count; transaction++) {
      const end = transactions.endOfSteps(transaction);
      for (let step = transactions.firstStep(transaction); step < end; step++) this.#addRead(transaction, step);
    }
  }

  #addRead(transaction: number, step: number): void {
    const { history, committed } = this.inferred;
    const kind = history.transactions.stepKind(step);
    if (kind !== Step.read && kind !== Step.divergentRead) return;
    const version = history.transactions.stepVersion(step);
    const writer = history.versions.writerOf(version);
    if (writer !== NONE && committed[writer] === 1) this.graph.addEdge(writer, transaction, EDGE.wr);
    if (kind === Step.read) this.#addFollowers(transaction, version, EDGE.rw);
  }

  /** Edges of a kind from a transaction to the writers of the versions that follow one. */
  #addFollowers(transaction: number, version: number, kind: number): void {
    const { history, order } = this.inferred;
    const followers = order.successorsOf(version);
    if (followers.length === 0) return;
    if (followers.length === 1) {
      this.graph.addEdge(transaction, history.versions.writerOf(followers[0]!), kind);
    } else if (this.#isAmong(transaction, version, followers)) {
      // By way of the shared node, it would seem to depend on itself.
      for (const follower of followers) this.graph.addEdge(transaction, history.versions.writerOf(follower), kind);
    } else {
      this.graph.addEdge(transaction, this.#forkOf(version, followers), kind);
    }
  }

  #isAmong(transaction: number, version: number, followers: Int32Array): boolean {
    const { transactions, versions } = this.inferred.history;
    const key = versions.keyOf(version);
    const end = transactions.endOfSteps(transaction);
    for (let step = transactions.firstStep(transaction); step < end; step++) {
      if (transactions.stepKind(step) !== Step.write) continue;
      const written = transactions.stepVersion(step);
      if (versions.keyOf(written) === key && followers.includes(written)) return true;
    }
    return false;
  }

  #forkOf(version: number, followers: Int32Array): number {
    const known = this.#forks.get(version);
    if (known !== undefined) return known;
    const fork = this.graph.addNode();
    this.#forks.set(version, fork);
    for (const follower of followers) {
      this.graph.addEdge(fork, this.inferred.history.versions.writerOf(follower), EDGE.through);
    }
    return fork;
  }
}
