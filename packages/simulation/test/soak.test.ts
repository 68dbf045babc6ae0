import { expect } from 'chai';
import { Soak, WORKLOADS } from '@pandakv/simulation';

describe('A soak', () => {
  it('runs each seed under all workloads in both topologies, and counts what they did', async () => {
    const count = 2 * Object.keys(WORKLOADS).length;
    const soak = new Soak(5);
    const seeds = new Set<number>();
    await soak.run(
      () => soak.seeds === count,
      ({ seed }) => seeds.add(seed),
    );
    expect([...seeds]).to.deep.equal([5]);
    for (const row of soak.rows) {
      expect(row.seeds).to.equal(1);
      expect(row.failed, `${row.workload} ${row.topology}`).to.equal(0);
      expect(row.commits).to.be.greaterThan(0);
    }
  });
});
