/** What of the whole transaction surface has a target of its own. A new measure is a {@link Benchmark} in this list. */
import type { Benchmark } from '../benchmark.js';
import { collector } from './collector.js';
import { feedLag } from './feed-lag.js';
import { hotAdd } from './hot-add.js';
import { lockedUpdates } from './locked-updates.js';
import { queue } from './queue.js';

export const SURFACE_BENCHMARKS: readonly Benchmark[] = [hotAdd, lockedUpdates, collector, queue, feedLag];
