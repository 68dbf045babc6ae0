import { bank } from './bank.js';
import type { Workload } from './workload.js';

/** All workloads by name. Each call makes a new one. */
export const WORKLOADS = {
  bank,
} as const satisfies Record<string, () => Workload>;

export type WorkloadName = keyof typeof WORKLOADS;
