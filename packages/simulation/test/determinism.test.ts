import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { simulate } from '@pandakv/simulation';

const SEEDS = [11, 12];

describe('A seed', () => {
  for (const topology of ['embedded', 'nodes'] as const) {
    it(`is the same run every time, and another run than that of another seed (${topology})`, async () => {
      const first = await simulate({ seed: 11, workload: 'bank', topology });
      const again = await simulate({ seed: 11, workload: 'bank', topology });
      const other = await simulate({ seed: 12, workload: 'bank', topology });
      expect(again.traceHash).to.equal(first.traceHash);
      expect(again.events).to.equal(first.events);
      expect(other.traceHash).not.to.equal(first.traceHash);
    });

    it(`is the same run in another process (${topology})`, async () => {
      const here: string[] = [];
      for (const seed of SEEDS) here.push((await simulate({ seed, workload: 'random', topology })).traceHash);
      expect(await hashesElsewhere(topology)).to.deep.equal(here);
    });
  }
});

async function hashesElsewhere(topology: string): Promise<readonly string[]> {
  const script = `
    import { simulate } from ${JSON.stringify(import.meta.resolve('@pandakv/simulation'))};
    const hashes = [];
    for (const seed of ${JSON.stringify([...SEEDS].reverse())}) {
      hashes.unshift((await simulate({ seed, workload: 'random', topology: '${topology}' })).traceHash);
    }
    console.log(JSON.stringify(hashes));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
  return JSON.parse(stdout) as string[];
}
