import { expect } from 'chai';
import { shrink, simulate, type SimulationOptions } from '@pandakv/simulation';

describe('A failure', () => {
  it('is shrunk to a shorter one, which fails again when it is run again', async () => {
    const options: SimulationOptions = { seed: 1, workload: 'bank', topology: 'nodes', bug: 'network-answers-unmade-commits' };
    let failed = await simulate(options);
    let { seed } = options;
    for (; failed.failures.length === 0 && seed < 40;) failed = await simulate({ ...options, seed: ++seed });
    const { limits, result } = await shrink({ ...options, seed }, failed, 25);
    expect(result.failures).not.to.deep.equal([]);
    expect(limits, 'something could be left out').not.to.deep.equal({});
    expect(result.operations).to.be.at.most(failed.operations);
    const again = await simulate({ ...options, seed, limits });
    expect(again.traceHash).to.equal(result.traceHash);
    expect(again.failures).to.deep.equal(result.failures);
  });
});
