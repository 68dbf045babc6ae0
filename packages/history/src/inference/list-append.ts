import type { HistoryBuilder } from '../history/history-builder.js';
import { GrowableInt32 } from '../history/growable.js';
import { NONE, type VersionTable } from '../history/versions.js';
import type { ListOrders } from './list-orders.js';
import { committedTransactions, VersionOrder, type Inferred } from './version-order.js';

/**
 * The order of versions of a list-append history. A list shows all appends before it, in order. Those that no read shows, or
 * that come after the point where reads contradict each other, come after what all reads agree about, in an order not known.
 */
export function inferListAppend(history: HistoryBuilder, orders: ListOrders): Inferred {
  const { versions } = history;
  const committed = committedTransactions(history);
  const order = new VersionOrder();
  const latestFirst = new GrowableInt32(versions.count);
  const lasts = new Int32Array(versions.keys.length);
  const chains = new Chains(versions, orders, committed, order);
  for (let key = 0; key < versions.keys.length; key++) lasts[key] = chains.lastOf(key);
  for (let version = 0; version < versions.count; version++) {
    const key = versions.keyOf(version);
    if (versions.isInitial(version) || chains.isAgreed(key, version)) continue;
    latestFirst.push(version);
    if (chains.isCommitted(version)) order.addEdge(lasts[key]!, version);
  }
  for (let key = 0; key < versions.keys.length; key++) {
    for (let position = orders.agreedLength(key) - 1; position >= 0; position--) latestFirst.push(orders.orderOf(key)[position]!);
    latestFirst.push(versions.initialOf(key));
  }
  order.index(versions.count);
  const precedes = (earlier: number, later: number) => chains.precedes(earlier, later);
  return { history, order, committed, latestFirst: latestFirst.view(), precedes };
}

class Chains {
  constructor(
    private readonly versions: VersionTable,
    private readonly orders: ListOrders,
    private readonly committed: Uint8Array,
    private readonly order: VersionOrder,
  ) {}

  /** Links each version that reads agree about with the next of another transaction; returns the last committed one. */
  lastOf(key: number): number {
    const { versions } = this;
    const list = this.orders.orderOf(key);
    let last = NONE;
    let next = NONE;
    let afterNext = NONE;
    for (let position = this.orders.agreedLength(key) - 1; position >= -1; position--) {
      const version = position === -1 ? versions.initialOf(key) : list[position]!;
      const writer = versions.writerOf(version);
      const follower = next !== NONE && versions.writerOf(next) === writer ? afterNext : next;
      if (follower !== NONE) this.order.addEdge(version, follower);
      if (!this.isCommitted(version)) continue;
      if (last === NONE) last = version;
      if (next === NONE || versions.writerOf(next) !== writer) afterNext = next;
      next = version;
    }
    return last === NONE ? versions.initialOf(key) : last;
  }

  isCommitted(version: number): boolean {
    const writer = this.versions.writerOf(version);
    return writer !== NONE && this.committed[writer] === 1;
  }

  isAgreed(key: number, version: number): boolean {
    const position = this.orders.positionOf(version);
    return position !== NONE && position < this.orders.agreedLength(key);
  }

  precedes(earlier: number, later: number): boolean {
    const { versions } = this;
    if (earlier === later || versions.isInitial(later)) return false;
    if (versions.isInitial(earlier)) return true;
    const key = versions.keyOf(earlier);
    if (!this.isAgreed(key, earlier)) return false;
    return !this.isAgreed(key, later) || this.orders.positionOf(later) > this.orders.positionOf(earlier);
  }
}
