import { expect } from 'chai';
import { simulate, WORKLOADS, type WorkloadName } from '@pandakv/simulation';

/** The first seed: from PANDA_SEED, or always the same. */
const SEED = Number(process.env['PANDA_SEED'] ?? 1);
const SEEDS = Number(process.env['PANDA_SEEDS'] ?? 3);

describe('Under all faults: what was acknowledged stays, reads are of one moment, all ends and nothing is left', () => {
  for (const workload of Object.keys(WORKLOADS) as WorkloadName[]) {
    it(workload, async () => {
      for (let seed = SEED; seed < SEED + SEEDS; seed++) {
        for (const topology of ['embedded', 'nodes'] as const) {
          const { failures, commits } = await simulate({ seed, workload, topology });
          expect(failures, `--seed ${seed} --workload ${workload} --topology ${topology}`).to.deep.equal([]);
          expect(commits).to.be.greaterThan(5);
        }
      }
    });
  }
});
