/**
 * Generates a strictly serializable list-append history, and checks it in a process of its own, from a file.
 * Usage: check-million [transactions] [concurrency]. Ends with 1 if the check took over 60 s or 4 GiB.
 */
import { checkHistory, HistoryFile, readHistoryFile } from '@pandakv/history';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Random } from '../support/random.js';
import { simulate } from '../support/simulated-store.js';

const MAX_SECONDS = 60;
const MAX_BYTES = 4 * 2 ** 30;
const CHECK = '--check';

function generate(path: string, transactions: number, concurrency: number): void {
  const file = new HistoryFile(path);
  const options = {
    model: 'list-append',
    transactions,
    concurrency,
    keys: 64,
    writesPerKey: 32,
    longKeyShare: 0.05,
    writesPerLongKey: 512,
  } as const;
  for (const operation of simulate(options, new Random(1))) file.add(operation);
  file.close();
}

function check(path: string): void {
  const begin = performance.now();
  const result = checkHistory(readHistoryFile(path), { model: 'list-append' });
  const seconds = (performance.now() - begin) / 1000;
  const { user, system } = process.cpuUsage();
  const bytes = process.resourceUsage().maxRSS * 1024;
  const verdict = result.valid ? 'valid' : 'NOT VALID';
  const cpu = `${((user + system) / 1e6).toFixed(1)} s of processor`;
  console.log(
    `${result.transactions.ok} transactions: ${verdict}, ${seconds.toFixed(1)} s (${cpu}), ${(bytes / 2 ** 30).toFixed(2)} GiB`,
  );
  process.exitCode = result.valid && seconds <= MAX_SECONDS && bytes <= MAX_BYTES ? 0 : 1;
}

if (process.argv[2] === CHECK) {
  check(process.argv[3]!);
} else {
  const folder = mkdtempSync(join(tmpdir(), 'panda-history-'));
  try {
    const path = join(folder, 'history.jsonl');
    generate(path, Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 32));
    console.log(`${(statSync(path).size / 2 ** 20).toFixed(0)} MiB of history`);
    const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), CHECK, path], { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
