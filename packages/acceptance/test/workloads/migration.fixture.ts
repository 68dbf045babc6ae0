import { writeSync } from 'node:fs';
import { openDatabase, type DatabaseConfig, type MigrationStatus } from '@pandakv/core';
import { seededRandom } from '../random.js';
import { Transfers } from '../transfers.js';

/** What a process is told that transfers and migrates until it is killed. */
export interface MigrationArgument {
  readonly config: DatabaseConfig;
  readonly prefixes: readonly string[];
  readonly accounts: number;
  readonly run: string;
  readonly seed: number;
  /** The two shards between which the ranges go. */
  readonly places: readonly [string, string];
  /** What the process is to come to. */
  readonly wanted: MigrationStep;
}

export const MIGRATION_STEPS = ['start', 'verify', 'switch', 'reverse', 'cancel', 'complete'] as const;
export type MigrationStep = (typeof MIGRATION_STEPS)[number];

const argument = JSON.parse(process.argv[2]!) as MigrationArgument;
const { config, prefixes, accounts, run, seed, places, wanted } = argument;
const db = await openDatabase(config);
const say = (line: string): void => void writeSync(1, `${line}\n`);

/** The step by which a migration that has come so far gets nearer to what is wanted. */
function stepAfter(status: MigrationStatus | undefined): MigrationStep | 'resume' {
  switch (status?.phase) {
    case undefined:
      return 'start';
    case 'follow':
      if (wanted === 'cancel' || wanted === 'start') return 'cancel';
      return status.verifiedAt === undefined || wanted === 'verify' ? 'verify' : 'switch';
    case 'switched':
      return wanted === 'complete' || wanted === 'start' ? 'complete' : 'reverse';
    case 'switch':
    case 'reverse':
      return status.phase;
    default:
      return 'resume';
  }
}

/** Says each step before it is taken. */
async function keepMigrating(): Promise<void> {
  for (;;) {
    const step = stepAfter(await db.migrate.status());
    say(`#${step}`);
    if (step !== 'start') await db.migrate[step]();
    else {
      const from = db.ranges().at(-1)!.shard;
      await db.migrate.start({ from: [from], to: [places[0] === from ? places[1] : places[0]] });
    }
  }
}

const transfers = new Transfers(db, prefixes, accounts, seededRandom(seed), say);
await Promise.all([keepMigrating(), transfers.run(`${run}-`)]);
