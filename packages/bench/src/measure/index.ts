/** How to measure, whatever is measured. */
export { median, percentile } from './percentile.js';
export { seededRandom, shuffled } from './random.js';
export { measureInRounds, ratioByRound, type Block } from './rounds.js';
export { keepInFlight, timeOf, type Throughput } from './throughput.js';
export { zipfian } from './zipf.js';
