/** Ranges that move. */
import type { Benchmark } from '../benchmark.js';
import { balanceFourth } from './balance-fourth.js';
import { millionRanges } from './million-ranges.js';
import { moveLevel } from './move-level.js';
import { moveServers } from './move-servers.js';
import { moveUnderLoad } from './move-under-load.js';

export const RANGES_BENCHMARKS: readonly Benchmark[] = [moveLevel, moveServers, moveUnderLoad, balanceFourth, millionRanges];
