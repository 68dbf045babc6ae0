import type { Grown } from './growth.js';
import { sizeText } from '../output/bytes-size.js';
import { facts } from '../output/table.js';

/** What a quickstart did, as `--json` prints it. */
export interface QuickstartResult {
  /** Everything is verified. */
  readonly ok: boolean;
  readonly source: string;
  /** The data folder, or the configuration file. */
  readonly data: string;
  /** How many shards the database has. */
  readonly shards: number;
  /** An earlier run had begun. */
  readonly resumed: boolean;
  readonly files: number;
  readonly directories: number;
  readonly skipped: number;
  /** Of this run. */
  readonly commits: number;
  readonly crossShardCommits: number;
  readonly commitsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly conflicts: number;
  readonly retries: number;
  /** Of all runs. */
  readonly moves: number;
  /** The shard that was added while directories moved, and what it had when all were even; null where none can be added. */
  readonly grown: Grown | null;
  readonly snapshotChecks: number;
  readonly verified: boolean;
  readonly verifiedFiles: number;
  readonly verifiedDirectories: number;
  readonly changedOnDisk: number;
  readonly problems: readonly string[];
  readonly seconds: { readonly import: number; readonly moves: number; readonly verify: number; readonly total: number };
  readonly maxRssMiB: number;
}

/** The result for people. */
export function resultTable(result: QuickstartResult): string {
  const count = (value: number) => value.toLocaleString('en');
  const seconds = (value: number) => `${value.toFixed(1)} s`;
  return facts([
    ['imported from', result.source],
    ['shards', count(result.shards)],
    ['files', count(result.files)],
    ['directories', count(result.directories)],
    ['skipped', count(result.skipped)],
    ['commits in this run', count(result.commits)],
    ['cross-shard commits', count(result.crossShardCommits)],
    ['commits per second', count(result.commitsPerSecond)],
    ['commit latency p50', `${result.p50Ms} ms`],
    ['commit latency p99', `${result.p99Ms} ms`],
    ['conflicts retried', count(result.conflicts)],
    ['directories moved across shards', count(result.moves)],
    ...(result.grown === null ? [] : grownFacts(result.grown)),
    ['snapshots checked meanwhile', count(result.snapshotChecks)],
    ['files as on disk', count(result.verifiedFiles)],
    ['directories as on disk', count(result.verifiedDirectories)],
    ['changed on disk since the import', count(result.changedOnDisk)],
    ['import', seconds(result.seconds.import)],
    ['moves', seconds(result.seconds.moves)],
    ['verification', seconds(result.seconds.verify)],
    ['peak memory', `${result.maxRssMiB} MiB`],
    ['verified', result.verified ? 'yes' : 'NO'],
  ]);
}

function grownFacts({ shard, engine, rows, bytes }: Grown): [string, string][] {
  return [
    [`shard ${shard} was added meanwhile, on`, engine],
    ['and was given', `${rows.toLocaleString('en')} rows, ${sizeText(bytes)}`],
  ];
}
