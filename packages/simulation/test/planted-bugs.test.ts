import { expect } from 'chai';
import {
  FAULT_KINDS,
  simulate,
  WORKLOADS,
  type PlantedBug,
  type SimulationOptions,
  type WorkloadName,
} from '@pandakv/simulation';

const WITHIN_SEEDS = 40;
const NAMES = Object.keys(WORKLOADS) as WorkloadName[];

/** By bug what is said of it when it is found. The explorer finds the one that is missing. */
const FOUND_AS: Partial<Record<PlantedBug, RegExp>> = {
  'engine-loses-synced-writes': /no store has it|Corruption|Broken invariant|guard|does not begin|total|at .* was/,
  'network-answers-unmade-commits': /no store has it/,
  'engine-ignores-guards':
    /overlap|Corruption|Broken invariant|guard|in no journal|changed in between|at .* was|does not begin|no store|is left|The history shows/,
  'stub-retries-open-commits': /more than once|several commit timestamps|but committed at|was acknowledged|The history shows/,
  'node-reads-unfenced': /but .* was read|The total is|a walk met|are off|does not begin|Real time|The history shows/,
  'move-loses-last-tail': /overlap|but .* is there|no store has it|has told of other values/,
  'engine-keeps-given-ranges': /owns a range from|owns other ranges than/,
};

/** Where few runs notice: those that do. Two leaders live at once after nothing but a take-over, which other faults mostly end. */
const NOTICED_BY: Partial<Record<PlantedBug, Pick<SimulationOptions, 'workload' | 'limits'>>> = {
  'node-reads-unfenced': {
    workload: 'bank',
    limits: { operations: 60, without: FAULT_KINDS.filter((kind) => kind !== 'take over') },
  },
  'move-loses-last-tail': { workload: 'log' },
};

/** Ranges move where one process is over all shards. */
const OF_MOVES: readonly PlantedBug[] = ['move-loses-last-tail', 'engine-keeps-given-ranges'];

describe('A planted bug is found', () => {
  for (const [bug, words] of Object.entries(FOUND_AS) as [PlantedBug, RegExp][]) {
    it(`${bug}, within ${WITHIN_SEEDS} seeds`, async () => {
      let found: readonly string[] = [];
      for (let seed = 1; seed <= WITHIN_SEEDS && found.length === 0; seed++) {
        const topology = OF_MOVES.includes(bug) ? 'embedded' : 'nodes';
        found = (await simulate({ seed, workload: NAMES[seed % NAMES.length]!, topology, bug, ...NOTICED_BY[bug] })).failures;
      }
      expect(found.join('\n')).to.match(words);
    });
  }
});
