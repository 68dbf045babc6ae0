import type { CycleStep } from '../anomalies/findings.js';
import type { Walk } from './closing-path.js';

/** Takes a closed walk apart where it passes a transaction twice: each part is a cycle of its own. */
export function simpleCycles({ nodes, kinds }: Walk, isTransaction: (node: number) => boolean): CycleStep[][] {
  const cycles: CycleStep[][] = [];
  const open: CycleStep[] = [];
  for (const step of transactionSteps({ nodes, kinds }, isTransaction)) {
    open.push(step);
    const begin = open.findIndex(({ from }) => from === step.to);
    if (begin !== -1) cycles.push(open.splice(begin));
  }
  return cycles;
}

/** The walk from transaction to transaction: what lies between two is one step, of the kind by which it began. */
function transactionSteps({ nodes, kinds }: Walk, isTransaction: (node: number) => boolean): CycleStep[] {
  const begin = nodes.findIndex(isTransaction);
  const steps: CycleStep[] = [];
  let from = nodes[begin]!;
  let kind = kinds[begin]!;
  for (let i = 1; i <= nodes.length; i++) {
    const at = (begin + i) % nodes.length;
    const node = nodes[at]!;
    if (!isTransaction(node)) continue;
    if (node !== from) steps.push({ from, to: node, kind });
    from = node;
    kind = kinds[at]!;
  }
  return steps;
}

/** The same cycle, begun with its first transaction. */
export function rotated(cycle: readonly CycleStep[]): CycleStep[] {
  const first = cycle.reduce((best, { from }, i) => (from < cycle[best]!.from ? i : best), 0);
  return [...cycle.slice(first), ...cycle.slice(0, first)];
}

export function kindsOf(cycle: readonly CycleStep[]): number[] {
  return cycle.map(({ kind }) => kind);
}

/** Names a cycle by its steps. */
export function identityOf(cycle: readonly CycleStep[]): string {
  return cycle.map(({ from, kind }) => `${from}:${kind}`).join(' ');
}
