import { expect } from 'chai';
import { simulate, type Topology } from '@pandakv/simulation';

const SEED = Number(process.env['PANDA_SEED'] ?? 1);
const SEEDS = Number(process.env['PANDA_SEEDS'] ?? 4);
/** More steps than a run has. */
const STEPS_MAX = 10_000;

describe('A process that coordinates and leads dies after each of its steps', () => {
  for (const topology of ['nodes', 'embedded'] as const) {
    it(`and transfers between accounts are whole or absent, and everything ends (${topology})`, async () => {
      let deaths = 0;
      for (let seed = SEED; seed < SEED + SEEDS; seed++) deaths += await dieAtEachStep(seed, topology);
      expect(deaths).to.be.greaterThan(5 * SEEDS);
    });
  }
});

/** Answers at how many steps it died. */
async function dieAtEachStep(seed: number, topology: Topology): Promise<number> {
  for (let diesAfter = 1; diesAfter < STEPS_MAX; diesAfter++) {
    const { failures, counters } = await simulate({
      seed,
      topology,
      workload: 'bank',
      isCalm: true,
      diesAfter,
      limits: { clients: 1, operations: 3 },
    });
    expect(
      failures,
      `--seed ${seed} --workload bank --topology ${topology} --calm --clients 1 --operations 3 --dies-after ${diesAfter}`,
    ).to.deep.equal([]);
    if (counters.get('process killed') === 0) return diesAfter - 1;
  }
  throw new Error('The run has no end');
}
