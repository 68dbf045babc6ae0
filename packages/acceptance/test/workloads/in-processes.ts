import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '@pandakv/core';
import { parseHistory, Recorder, type Operation } from '@pandakv/history';
import { SEED, seededRandom } from '../random.js';
import { Transfers } from '../transfers.js';
import { expectSound } from './expect-sound.js';
import { ListAppends } from './list-appends.js';
import type { Stores } from './stores.js';
import type { WorkloadsArgument } from './workloads.fixture.js';

const FIXTURE = fileURLToPath(new URL('./workloads.fixture.js', import.meta.url));
const ACCOUNTS = 12;
const CLIENTS = 5;

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly clockFile?: string;
  /** What is done while the process works; it is killed with SIGKILL when this ends. */
  readonly during: (child: ChildProcess) => Promise<void>;
}

/** Both workloads, in processes that are killed one after the other; what they recorded is one history. */
export class WorkloadProcesses {
  readonly #stores: Stores;
  #runs = 0;

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** Creates the database, with money on the accounts. */
  async create(): Promise<void> {
    const db = await openDatabase(this.#stores.config);
    await new Transfers(db, this.#stores.prefixes, ACCOUNTS, Math.random).fill();
    await db.close();
  }

  /** Starts a process, waits until it has opened the database and works, and kills it in the end. */
  async run({ environment = {}, clockFile, during }: RunOptions): Promise<void> {
    const run = ++this.#runs;
    const argument: WorkloadsArgument = {
      config: this.#stores.config,
      prefixes: this.#stores.prefixes,
      accounts: ACCOUNTS,
      clients: CLIENTS,
      run,
      seed: SEED + run,
      historyFile: this.#file('history', run),
      transfersFile: this.#file('transfers', run),
      ...(clockFile === undefined ? {} : { clockFile }),
    };
    const child = spawn(process.execPath, [FIXTURE, JSON.stringify(argument)], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...environment },
    });
    const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    const ready = once(createInterface({ input: child.stdout }), 'line');
    try {
      await Promise.race([ready, exit.then(([code]) => failed(`ended with ${code} before it was ready`))]);
      await Promise.race([during(child), exit.then(([code]) => failed(`ended by itself with ${code}`))]);
    } finally {
      child.kill('SIGKILL');
      await exit;
    }
  }

  /** Opens the database once more, in this process, and asserts that all is sound. Answers a line that says how much was done. */
  async finish(): Promise<string> {
    const { config, prefixes } = this.#stores;
    const runs = Array.from({ length: this.#runs }, (_, at) => at + 1);
    const history = runs.flatMap((run) => historyOf(linesOf(this.#file('history', run))));
    const db = await openDatabase(config);
    try {
      const random = seededRandom(SEED);
      const transfers = new Transfers(db, prefixes, ACCOUNTS, random);
      for (const run of runs) transfers.claim(linesOf(this.#file('transfers', run)));
      const recorder = new Recorder({ add: (operation) => history.push(operation) });
      const lists = new ListAppends(db, recorder, { prefixes, random, run: this.#runs + 1 });
      return await expectSound({ db, lists, transfers, history });
    } finally {
      await db.close();
    }
  }

  #file(what: string, run: number): string {
    return join(this.#stores.folder, `${what}-${run}.jsonl`);
  }
}

/** What was open when the process was killed has an unknown outcome. */
function historyOf(lines: readonly string[]): Operation[] {
  const history = [...parseHistory(lines.map((line) => `${line}\n`))];
  const open = new Map<number, Operation>();
  for (const operation of history) {
    if (operation.type === 'invoke') open.set(operation.process, operation);
    else open.delete(operation.process);
  }
  return [...history, ...[...open.values()].map((operation) => ({ ...operation, type: 'info' as const }))];
}

/** Whole lines; the process may have been killed before the end of the last. */
function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

function failed(how: string): never {
  throw new Error(`The process of the workloads ${how}`);
}
