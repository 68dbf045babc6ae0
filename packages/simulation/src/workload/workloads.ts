import { bank } from './bank.js';
import { listAppend } from './list-append.js';
import { log } from './log.js';
import { longFork } from './long-fork.js';
import { queue } from './queue.js';
import { randomOperations } from './random-operations.js';
import { registers } from './registers.js';
import { ring } from './ring.js';
import type { Workload } from './workload.js';
import { writeSkew } from './write-skew.js';

/** All workloads by name. Each call makes a new one. */
export const WORKLOADS = {
  bank,
  'list-append': listAppend,
  registers,
  ring,
  queue,
  'write-skew': writeSkew,
  'long-fork': longFork,
  random: randomOperations,
  log,
} as const satisfies Record<string, () => Workload>;

export type WorkloadName = keyof typeof WORKLOADS;
