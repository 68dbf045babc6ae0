import Table from 'cli-table3';
import { isMet, type Comparison, type Target } from './benchmark.js';
import type { Machine } from './machine.js';

const HEADS = ['', 'compared with', '', 'Panda', '', 'unit', 'ratio', 'target', ''];
const COLUMNS = ['left', 'left', 'right', 'left', 'right', 'left', 'right', 'right', 'left'] as const;

export function machineText({ node, platform, cores, cpu, threads, syncPutMs }: Machine): string {
  return (
    `Node.js ${node}, ${platform}, ${cores} cores (${cpu}), ${threads} threads of libuv; ` +
    `a durable put of LevelDB alone takes ${syncPutMs.toFixed(3)} ms (median)`
  );
}

export function tableText(comparisons: readonly Comparison[]): string {
  const table = new Table({ head: HEADS, colAligns: [...COLUMNS], style: { head: [], border: [] } });
  for (const comparison of comparisons) {
    const { name, unit, base, panda, ratio, target } = comparison;
    const verdict = target === undefined ? '' : isMet(comparison) ? 'ok' : missed(target);
    const cells = [name, base.what, amount(base.value), panda.what, amount(panda.value), unit];
    table.push([...cells, ratio.toFixed(2), target === undefined ? '' : targetText(target), verdict]);
  }
  return table.toString();
}

/** One line: the ratios by name, then what they were made of. */
export function jsonText(comparisons: readonly Comparison[], machine: Machine): string {
  const ratios = Object.fromEntries(comparisons.map(({ name, ratio }) => [name, rounded(ratio)]));
  const figures = Object.fromEntries(
    comparisons.map((comparison) => {
      const { name, unit, base, panda, target } = comparison;
      const result = target === undefined ? {} : { target, ok: isMet(comparison) };
      return [name, { unit, base: rounded(base.value), panda: rounded(panda.value), ...result }];
    }),
  );
  return JSON.stringify({ ...ratios, figures, machine });
}

function targetText(target: Target): string {
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
}

function missed(target: Target): string {
  return 'atLeast' in target ? 'below' : 'above';
}

function amount(value: number): string {
  return value >= 1_000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
