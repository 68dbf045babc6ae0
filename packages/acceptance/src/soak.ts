import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MOCHA = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const PACKAGES = fileURLToPath(new URL('../../', import.meta.url));
const FAULTS = 'acceptance/dist-test/faults/**/*.test.js';

/** One run of all tests with faults, under one seed. */
export interface SoakRound {
  readonly seed: number;
  readonly passed: number;
  readonly failed: readonly string[];
  readonly seconds: number;
}

/** What mocha's `json` reporter writes, as far as it is read. */
interface MochaReport {
  readonly stats: { readonly passes: number };
  readonly failures: readonly { readonly fullTitle: string; readonly err: { readonly message?: string } }[];
}

/**
 * Runs the workloads on real engines under real faults again and again, seed after seed, for as long as it is given, and judges their
 * histories. A round that has begun is ended.
 */
export async function soak(minutes: number, firstSeed: number, tell: (round: SoakRound) => void): Promise<SoakRound[]> {
  const endMs = Date.now() + minutes * 60_000;
  const rounds: SoakRound[] = [];
  for (let seed = firstSeed; Date.now() < endMs; seed++) {
    const round = await runRound(seed);
    tell(round);
    rounds.push(round);
  }
  return rounds;
}

async function runRound(seed: number): Promise<SoakRound> {
  const folder = await mkdtemp(join(tmpdir(), 'panda-soak-'));
  const file = join(folder, 'report.json');
  const started = Date.now();
  try {
    const options = ['--no-config', '--exit', '--forbid-only', '--reporter', 'json', '--reporter-option', `output=${file}`];
    const child = spawn(process.execPath, [MOCHA, ...options, FAULTS], {
      cwd: PACKAGES,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, PANDA_SEED: String(seed) },
    });
    await once(child, 'exit');
    const { stats, failures } = JSON.parse(await readFile(file, 'utf8')) as MochaReport;
    const failed = failures.map(({ fullTitle, err }) => `${fullTitle}: ${err.message ?? 'no reason given'}`);
    return { seed, passed: stats.passes, failed, seconds: (Date.now() - started) / 1_000 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
