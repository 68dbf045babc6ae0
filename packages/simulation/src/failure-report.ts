import type { PlantedBug } from './cluster/planted-bug.js';
import type { Limits } from './limits.js';
import type { SimulationResult, Topology } from './simulate.js';

export interface RunFlags {
  /** Where it was given: the seed has other choices when it decides. */
  readonly topology?: Topology | undefined;
  readonly bug?: PlantedBug | undefined;
  readonly strict?: boolean | undefined;
  readonly calm?: boolean | undefined;
  readonly diesAfter?: number | undefined;
  readonly limits?: Limits | undefined;
}

const SHOWN_MAX = 6;

/** The command that runs a simulation again. */
export function againOf(
  { seed, workload }: SimulationResult,
  { topology, bug, strict, calm, diesAfter, limits = {} }: RunFlags,
): string {
  const flags = [
    `--seed ${seed} --workload ${workload}`,
    topology === undefined ? '' : `--topology ${topology}`,
    bug === undefined ? '' : `--bug ${bug}`,
    strict === true ? '--strict' : '',
    calm === true ? '--calm' : '',
    diesAfter === undefined ? '' : `--dies-after ${diesAfter}`,
    limits.clients === undefined ? '' : `--clients ${limits.clients}`,
    limits.operations === undefined ? '' : `--operations ${limits.operations}`,
    limits.faultsForMs === undefined ? '' : `--faults-for-ms ${limits.faultsForMs}`,
    limits.without === undefined || limits.without.length === 0
      ? ''
      : `--without ${limits.without.map((kind) => kind.replaceAll(' ', '-')).join(',')}`,
  ];
  return `npm run simulate -- ${flags.filter((flag) => flag !== '').join(' ')}`;
}

export function reportFailure(result: SimulationResult, flags: RunFlags): void {
  const { seed, workload, nodes, shards, operations, failures, tail, traceHash } = result;
  console.log(
    `\nseed ${seed}, ${workload}, ${nodes} nodes, ${shards} shards, ${operations} operations: failed (trace ${traceHash})`,
  );
  for (const failure of failures.slice(0, SHOWN_MAX)) console.log(`  ${failure}`);
  if (failures.length > SHOWN_MAX) console.log(`  … and ${failures.length - SHOWN_MAX} more`);
  console.log(`  again: ${againOf(result, flags)}`);
  for (const line of tail) console.log(`    ${line}`);
}
