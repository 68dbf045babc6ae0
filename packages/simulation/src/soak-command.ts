import { Command } from 'commander';
import { natural, positive } from './arguments.js';
import { againOf, reportFailure } from './failure-report.js';
import { Soak } from './soak.js';

const PROGRESS_EVERY_MS = 10_000;
const BAR_CHARS = 30;

interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly json?: true;
}

export function soakCommand(): Command {
  return new Command('soak')
    .description('Simulates seed after seed, under all workloads and in both topologies; exits with 1 if anything was wrong')
    .requiredOption('--minutes <count>', 'go on for so long', positive)
    .option('--seed <number>', 'the first seed', natural, Date.now() % 1_000_000)
    .option('--json', 'end with one line of JSON instead of a table')
    .action(async (options: SoakOptions) => {
      await soak(options);
    });
}

async function soak({ minutes, seed, json }: SoakOptions): Promise<void> {
  const started = Date.now();
  const wholeMs = minutes * 60_000;
  const soak = new Soak(seed);
  const progress = new Progress(wholeMs);
  await soak.run(
    () => Date.now() - started >= wholeMs,
    (result) => {
      if (result.failures.length > 0) {
        progress.clear();
        reportFailure(result, { topology: result.topology });
      }
      progress.show(Date.now() - started, `${soak.seeds} simulations, ${soak.failed.length} failed`);
    },
  );
  progress.clear();
  const summary = { firstSeed: seed, seconds: (Date.now() - started) / 1_000, rows: soak.rows, counters: soak.counters.toJSON() };
  const failed = soak.failed.map((result) => ({
    again: againOf(result, { topology: result.topology }),
    failures: result.failures,
  }));
  if (json === true) console.log(JSON.stringify({ ...summary, failed }));
  else console.log(tableOf(soak));
  if (failed.length > 0) process.exitCode = 1;
}

/** A bar on a terminal; lines now and then elsewhere. */
class Progress {
  readonly #wholeMs: number;
  #shownMs = 0;

  constructor(wholeMs: number) {
    this.#wholeMs = wholeMs;
  }

  show(elapsedMs: number, text: string): void {
    const { isTTY } = process.stderr;
    if (!isTTY && elapsedMs - this.#shownMs < PROGRESS_EVERY_MS) return;
    this.#shownMs = elapsedMs;
    const share = Math.min(1, elapsedMs / this.#wholeMs);
    const bar = '█'.repeat(Math.round(share * BAR_CHARS)).padEnd(BAR_CHARS, '░');
    const line = `${bar} ${Math.round(share * 100)} %, ${text}`;
    process.stderr.write(isTTY ? `\r${line}\x1b[K` : `${line}\n`);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

function tableOf({ rows, failed }: Soak): string {
  const cells = rows.map((row) => [
    row.workload,
    row.topology,
    String(row.seeds),
    String(row.failed),
    String(row.operations),
    String(row.commits),
    `${Math.round(row.virtualMs / 1_000)} s`,
  ]);
  const table = [['workload', 'topology', 'seeds', 'failed', 'operations', 'commits', 'virtual time'], ...cells];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join('  '));
  return [...lines, failed.length === 0 ? 'nothing was wrong' : `${failed.length} simulations failed`].join('\n');
}
