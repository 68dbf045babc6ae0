import type { EngineFaults } from '../engine/engine-faults.js';
import type { Random } from '../kernel/random.js';
import type { NetworkFaults } from '../network/network-faults.js';

/** What the nemesis does to the cluster while clients work. */
export const NEMESES = [
  'kill',
  'kill at a message',
  'pause',
  'take over',
  'crash engine',
  'stall engine',
  'fill engine',
  'cut',
  'jump clock',
] as const;

export type Nemesis = (typeof NEMESES)[number];

/** The faults of one run. Each seed leaves some kinds out, since some bugs show only where others do not cover them. */
export interface FaultPlan {
  readonly engine: EngineFaults;
  readonly network: NetworkFaults;
  readonly nemeses: readonly Nemesis[];
  /** Between two deeds of the nemesis, on average. */
  readonly everyMs: number;
  /** How far clocks may be from true time. */
  readonly clockOffsetMs: number;
}

const some = (random: Random, most: number): number => (random.chance(0.5) ? random.next() * most : 0);

export function drawFaults(random: Random, maxClockOffsetMs: number): FaultPlan {
  const nemeses = NEMESES.filter(() => random.chance(0.45));
  const isBeyond = random.chance(0.25);
  return {
    engine: {
      failBefore: some(random, 0.04),
      failAfter: some(random, 0.04),
      slow: some(random, 0.15),
      slowMs: random.pick([10, 60, 400]),
    },
    network: {
      drop: some(random, 0.04),
      duplicate: some(random, 0.2),
      delay: some(random, 0.3),
      delayMs: random.pick([20, 200, 2_500]),
    },
    nemeses,
    everyMs: random.pick([150, 500, 1_500]),
    clockOffsetMs: isBeyond ? 20 * maxClockOffsetMs : maxClockOffsetMs * 0.45,
  };
}
