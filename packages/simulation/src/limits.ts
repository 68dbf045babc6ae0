import { NEMESES, type FaultPlan, type Nemesis } from './cluster/fault-plan.js';
import { NO_ENGINE_FAULTS } from './engine/engine-faults.js';
import { NO_NETWORK_FAULTS } from './network/network-faults.js';

/** Kinds of faults that can be left out: those of the nemesis, of the network and of the engines. */
export const FAULT_KINDS = [...NEMESES, 'network', 'engine'] as const;
export type FaultKind = Nemesis | 'network' | 'engine';

/** Makes less happen than a seed would: what is left out changes nothing of the seed's other choices at the beginning. */
export interface Limits {
  /** How many clients work. */
  readonly clients?: number | undefined;
  /** How many operations each client does. */
  readonly operations?: number | undefined;
  /** When the healing begins at the latest. */
  readonly faultsForMs?: number | undefined;
  readonly without?: readonly FaultKind[] | undefined;
}

/** A plan without some kinds of faults. */
export function limited(plan: FaultPlan, without: readonly FaultKind[]): FaultPlan {
  return {
    ...plan,
    engine: without.includes('engine') ? NO_ENGINE_FAULTS : plan.engine,
    network: without.includes('network') ? NO_NETWORK_FAULTS : plan.network,
    nemeses: plan.nemeses.filter((nemesis) => !without.includes(nemesis)),
  };
}
