/** Panda over LevelDB against LevelDB. */
import type { Benchmark } from '../benchmark.js';
import { commit64 } from './commit64.js';
import { commitTwoShards } from './commit-two-shards.js';
import { emptiedScan } from './emptied-scan.js';
import { getCached } from './get-cached.js';
import { getUncached } from './get-uncached.js';
import { scan1000 } from './scan1000.js';

export const BENCHMARKS: readonly Benchmark[] = [commit64, getCached, getUncached, scan1000, commitTwoShards, emptiedScan];
