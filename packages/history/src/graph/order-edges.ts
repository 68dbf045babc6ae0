import type { HistoryBuilder } from '../history/history-builder.js';
import { NEVER, Status } from '../history/transactions.js';
import { EDGE } from './edge.js';
import type { GraphBuilder } from './graph.js';

/** From each transaction of a process to the next one of the same process that committed. */
export function addProcessEdges({ transactions, processes }: HistoryBuilder, graph: GraphBuilder): void {
  const last = new Int32Array(processes.length).fill(-1);
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    if (transactions.statusOf(transaction) !== Status.ok) continue;
    const process = transactions.processOf(transaction);
    if (last[process] !== -1) graph.addEdge(last[process]!, transaction, EDGE.process);
    last[process] = transaction;
  }
}

/**
 * The order of time: whatever was completed before another transaction was invoked comes before it. The nodes of a time line
 * stand between: each transaction leads to the moment of its completion, each moment to the next, and the latest moment to each
 * transaction that is invoked then. That reaches exactly what an edge for each pair would, with three edges a transaction.
 */
export function addRealtimeEdges(history: HistoryBuilder, committed: Uint8Array, graph: GraphBuilder): void {
  const events = eventsInOrder(history, committed);
  let moment = -1;
  let isMomentOpen = false;
  for (const event of events) {
    if (event > 0) {
      if (moment !== -1) graph.addEdge(moment, event - 1, EDGE.through);
      isMomentOpen = false;
    } else if (event < 0) {
      if (!isMomentOpen) {
        const next = graph.addNode();
        if (moment !== -1) graph.addEdge(moment, next, EDGE.through);
        moment = next;
        isMomentOpen = true;
      }
      graph.addEdge(-event - 1, moment, EDGE.realtime);
    }
  }
}

/** By position in the history: n + 1 where transaction n is invoked, -(n + 1) where it is acknowledged, else 0. */
function eventsInOrder({ transactions, length }: HistoryBuilder, committed: Uint8Array): Int32Array {
  const events = new Int32Array(length);
  for (let transaction = 0; transaction < transactions.count; transaction++) {
    if (committed[transaction] === 0) continue;
    const invoked = transactions.invokedAt(transaction);
    if (invoked >= 0) events[invoked] = transaction + 1;
    const completed = transactions.completedAt(transaction);
    if (completed !== NEVER) events[completed] = -(transaction + 1);
  }
  return events;
}
