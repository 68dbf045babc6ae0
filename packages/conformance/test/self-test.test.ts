import { AREAS, CLAUSES, runConformance, runTest, type ConformanceTest, type EngineUnderTest } from '@pandakv/conformance';
import { expect } from 'chai';
import { LogEngine } from './engines/log-engine.js';
import { MemoryEngine } from './engines/memory-engine.js';
import { logUnderTest, memoryUnderTest } from './engines/under-test.js';
import { DATA_FAULTS } from './faults/data-faults.js';
import { DURABLE_FAULTS } from './faults/durable-faults.js';
import { ENGINE_FAULTS } from './faults/engine-faults.js';
import { TcpEngine } from './engines/tcp-engine.js';
import { tcpUnderTest } from './engines/tcp-under-test.js';
import { PAGING_FAULTS } from './faults/paging-faults.js';
import { SERVER_FAULTS } from './faults/server-faults.js';
import { WRITE_FAULTS } from './faults/write-faults.js';

const FAULTS = [...DATA_FAULTS, ...PAGING_FAULTS, ...WRITE_FAULTS, ...ENGINE_FAULTS, ...DURABLE_FAULTS, ...SERVER_FAULTS];
/** Of all that is random, so that the verdicts are the same in every run. Another one: PANDA_SEED. */
const SEED = Number(process.env['PANDA_SEED'] ?? 1);
const TESTS = new Map<string, ConformanceTest>(AREAS.flatMap(({ tests }) => tests.map((test) => [test.name, test] as const)));

describe('The suite finds each planted fault by the test that is there for it', () => {
  for (const { fault, caughtBy, underTest, hangs } of FAULTS) {
    it(`an engine that ${fault}: '${caughtBy}'`, async () => {
      const test = TESTS.get(caughtBy);
      if (test === undefined) expect.fail(`There is no such test: ${caughtBy}`);
      const result = await runTest(test, { scale: 0.5, seed: SEED, timeoutMs: 30_000, recoveryMs: 1_500, ...underTest });
      if (result.status !== 'failed') expect.fail(`The fault was not found: ${result.status}`);
      const { promise, cost } = CLAUSES[test.clause];
      expect(result.failure.message).to.contain(result.failure.finding).and.contain(promise).and.contain(cost);
      if (hangs !== true) expect(result.failure.finding).not.to.contain('The test took longer');
    });
  }
});

describe('The suite raises no false alarm', function () {
  this.timeout(300_000);
  const expectNoFailure = async (underTest: EngineUnderTest, areas?: readonly string[]) => {
    const report = await runConformance({ ...underTest, scale: 0.2 }, { areas });
    expect(report.failures).to.deep.equal([]);
    return report;
  };

  it('for a correct engine in memory', async () => {
    const { passed, skipped } = await expectNoFailure(memoryUnderTest((place) => new MemoryEngine(place)));
    expect(passed + skipped).to.equal(TESTS.size);
    expect(passed).to.be.greaterThan(95);
  });

  it('for a correct engine that outlives its process', async () => {
    const { passed } = await expectNoFailure(logUnderTest((file) => new LogEngine(file), 'correct'));
    expect(passed).to.be.greaterThan(95);
  });

  it('for a correct engine with a server', async () => {
    const areas = ['get', 'guard', 'errors', 'server', 'connections'];
    const { skipped } = await expectNoFailure(
      tcpUnderTest((...of) => new TcpEngine(...of)),
      areas,
    );
    expect(skipped).to.equal(0);
  });
});

describe('The tests of the suite', () => {
  it('can all fail: each has a fault that it finds', () => {
    const named = new Set(FAULTS.map(({ caughtBy }) => caughtBy));
    expect([...TESTS.keys()].filter((name) => !named.has(name))).to.deep.equal([]);
  });

  it('have names of their own', () => {
    expect(TESTS.size).to.equal(AREAS.flatMap(({ tests }) => tests).length);
  });
});
