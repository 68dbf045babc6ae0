/** What of the whole transaction surface has a target of its own. A new measure is a {@link Benchmark} in this list. */
import type { Benchmark } from '../benchmark.js';
import { hotAdd } from './hot-add.js';
import { lockedUpdates } from './locked-updates.js';

export const SURFACE_BENCHMARKS: readonly Benchmark[] = [hotAdd, lockedUpdates];
