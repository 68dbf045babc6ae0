export type { Environment, Timer } from './environment.js';
export { HybridClock } from './hybrid-clock.js';
export { SteadyEnvironment } from './steady-environment.js';
export { isTimestamp, TICKS_PER_MS, timestampAt, wallTimeOf, type Timestamp } from './timestamp.js';
