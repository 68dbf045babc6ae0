import { hasMysql } from '@pandakv/testbed';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { EngineName } from './engine-name.js';

const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));

/** What one database is spread over: its shards take turns. */
const MIX = 'level,postgres,mariadb';

/** The package of an engine, and the conformance suite on it. */
const OWN_TESTS: Readonly<Record<EngineName, readonly string[]>> = {
  level: ['engine-level/dist-test/**/*.test.js', 'conformance/dist-test/level.test.js'],
  sqlite: ['engine-sqlite/dist-test/**/*.test.js'],
  mariadb: ['engine-mysql/dist-test/**/*.test.js', 'acceptance/dist-test/conformance-mariadb.test.js'],
  mysql: ['engine-mysql/dist-test/**/*.test.js', 'acceptance/dist-test/conformance-mysql.test.js'],
  postgres: ['engine-postgres/dist-test/**/*.test.js', 'acceptance/dist-test/conformance-postgres.test.js'],
};

/** Those of core's tests that are about what transactions, versions and feeds promise, whatever engine keeps the rows. */
const TRANSACTION_TESTS = [
  'transaction/*.test.js',
  'retention/*.test.js',
  'feed/*.test.js',
  'shard/leader.test.js',
  'cluster/close.test.js',
];

/** Of these, some that are quick, and that an engine whose batches are not atomic or not seen at once would fail. */
const BRIEF_TESTS = ['isolation', 'outcome', 'two-phase-commit'].map((name) => `transaction/${name}.test.js`);

/** Which tests: all, those of transactions, or the brief ones among these. */
export type Extent = 'all' | 'transactions' | 'brief';

/** Runs mocha once for each engine. Answers the exit code: 0 when all tests passed. */
export async function runTestsOn(engines: readonly (EngineName | 'mix')[], extent: Extent): Promise<number> {
  let exitCode = 0;
  for (const engine of engines) {
    console.log(`\nTests on ${engine}`);
    if (extent === 'brief' && engine === 'mysql' && !hasMysql()) {
      console.log('  There is no MySQL server here: they are left out');
      continue;
    }
    const own = extent !== 'all' || engine === 'mix' ? [] : OWN_TESTS[engine];
    const ofCore = extent === 'brief' ? BRIEF_TESTS : TRANSACTION_TESTS;
    const code = await mocha([...own, ...ofCore.map((file) => `core/dist-test/${file}`)], engine === 'mix' ? MIX : engine);
    exitCode ||= code;
  }
  return exitCode;
}

async function mocha(files: readonly string[], engine: string): Promise<number> {
  const options = ['--no-config', '--timeout', '120000', '--exit', '--enable-source-maps', '--forbid-only'];
  const child = spawn(process.execPath, [MOCHA, ...options, ...files], {
    cwd: PACKAGES,
    stdio: 'inherit',
    env: { ...process.env, PANDA_TEST_ENGINE: engine },
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}
