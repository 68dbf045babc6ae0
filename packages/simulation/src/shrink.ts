import { FAULT_KINDS, type FaultKind, type Limits } from './limits.js';
import { simulate, type SimulationOptions, type SimulationResult } from './simulate.js';

const RUNS_MAX = 60;

export interface Shrunk {
  readonly limits: Limits;
  readonly result: SimulationResult;
  readonly runs: number;
}

/**
 * Looks for less that fails too: fewer kinds of faults, clients and operations, a shorter time of faults. Each step that still fails is
 * kept; ends when none does, or after so many runs.
 */
export async function shrink(options: SimulationOptions, failed: SimulationResult, runsMax = RUNS_MAX): Promise<Shrunk> {
  let best: Shrunk = { limits: options.limits ?? {}, result: failed, runs: 0 };
  let runs = 0;
  for (let isSmaller = true; isSmaller && runs < runsMax;) {
    isSmaller = false;
    for (const limits of smallerThan(best.limits)) {
      if (runs === runsMax) break;
      runs++;
      const result = await simulate({ ...options, limits });
      if (result.failures.length === 0) continue;
      best = { limits, result, runs };
      isSmaller = true;
      break;
    }
  }
  return { ...best, runs };
}

const CLIENTS = 6;
const OPERATIONS = 25;
const FAULTS_FOR_MS = 12_000;

/** What may be tried next, the greatest steps first. */
function* smallerThan(limits: Limits): Generator<Limits> {
  const { clients = CLIENTS, operations = OPERATIONS, faultsForMs = FAULTS_FOR_MS, without = [] } = limits;
  const left: readonly FaultKind[] = FAULT_KINDS.filter((kind) => !without.includes(kind));
  if (operations > 1) yield { ...limits, operations: Math.ceil(operations / 2) };
  if (clients > 1) yield { ...limits, clients: Math.ceil(clients / 2) };
  if (faultsForMs > 250) yield { ...limits, faultsForMs: Math.ceil(faultsForMs / 2) };
  for (const kind of left) yield { ...limits, without: [...without, kind] };
  if (clients > 1) yield { ...limits, clients: clients - 1 };
  if (operations > 1) yield { ...limits, operations: operations - 1 };
}
