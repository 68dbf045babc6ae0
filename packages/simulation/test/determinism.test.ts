import { expect } from 'chai';
import { simulate } from '@pandakv/simulation';

describe('a seed', () => {
  for (const topology of ['embedded', 'nodes'] as const) {
    it(`is the same run every time, and another run than that of another seed (${topology})`, async () => {
      const first = await simulate({ seed: 11, workload: 'bank', topology });
      const again = await simulate({ seed: 11, workload: 'bank', topology });
      const other = await simulate({ seed: 12, workload: 'bank', topology });
      expect(again.traceHash).to.equal(first.traceHash);
      expect(again.events).to.equal(first.events);
      expect(other.traceHash).not.to.equal(first.traceHash);
    });
  }
});
