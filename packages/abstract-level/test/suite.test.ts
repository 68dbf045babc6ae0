import { openDatabase, type Database } from '@pandakv/core';
import { level, type LevelOptions } from '@pandakv/engine-level';
import { PandaLevel, type PandaLevelOptions } from '@pandakv/abstract-level';
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SuiteRun } from './support/suite-run.js';

/** What abstract-level publishes for its implementations; it has no declarations. */
const suite = createRequire(import.meta.url)('abstract-level/test') as (options: {
  readonly test: unknown;
  readonly factory: (options?: PandaLevelOptions<string, string>) => PandaLevel;
}) => void;

/** Runs the suite as it is published. Each database that it asks for is a new prefix of one database of Panda. */
async function runSuite(database: Database, permanence: boolean): Promise<SuiteRun> {
  const run = new SuiteRun();
  let count = 0;
  suite({
    test: run.test,
    factory: (options) => new PandaLevel(database, { prefix: `test ${++count}/`, permanence, ...options }),
  });
  await run.run();
  return run;
}

describe("abstract-level's own test suite", () => {
  const open = (id: string, options: LevelOptions) => ({ id, engine: level(options) });
  /** Some of the Level databases lie on one shard, and some on the other. */
  const splits = [{ key: 'test 2', shard: 'b' }];

  it('passes over a database in memory', async () => {
    await using database = await openDatabase({ shards: ['a', 'b'].map((id) => open(id, { memory: true })), splits });
    const { tests, passed, failures } = await runSuite(database, false);
    expect(failures).to.deep.equal([]);
    expect(tests).to.be.greaterThan(1_000);
    expect(passed).to.be.greaterThan(2_000);
  });

  it('passes over a database on disk, by classic-level', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'panda-abstract-level-'));
    try {
      const durability = 'process-crash';
      const shards = ['a', 'b'].map((id) => open(id, { location: join(folder, id), durability }));
      await using database = await openDatabase({ shards, splits });
      const { tests, passed, failures } = await runSuite(database, true);
      expect(failures).to.deep.equal([]);
      expect(tests).to.be.greaterThan(1_000);
      expect(passed).to.be.greaterThan(2_000);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
