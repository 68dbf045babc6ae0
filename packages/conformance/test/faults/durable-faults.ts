import { LOG_VARIANTS, type LogVariant } from '../engines/log-variants.js';
import { logUnderTest } from '../engines/under-test.js';
import type { Fault } from './fault.js';

function plantedInLog(fault: string, caughtBy: string, variant: LogVariant): Fault {
  return { fault, caughtBy, underTest: logUnderTest((file) => new LOG_VARIANTS[variant](file), variant) };
}

const KILL = 'keeps every acknowledged batch, and no half of one, over kill -9 of its process';

/** What is not there, or only half, when a store is opened again. */
export const DURABLE_FAULTS: readonly Fault[] = [
  plantedInLog('resolves writes before they are durable', KILL, 'WritesBehind'),
  plantedInLog('makes a batch durable in two steps', KILL, 'TearsBatches'),
  plantedInLog('loses the last write when it is closed', 'keeps everything over closing and opening again', 'LosesLastWrite'),
  plantedInLog('does not keep the guard', 'keeps the guard over closing and opening again', 'LosesGuards'),
  plantedInLog('lets a second one in, although it declares one process', 'can be opened twice at once as declared', 'Unlocked'),
];
