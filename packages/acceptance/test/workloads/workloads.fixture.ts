import { appendFileSync, openSync, readFileSync, writeSync } from 'node:fs';
import { openDatabase, systemEnvironment, type DatabaseConfig, type Environment } from '@pandakv/core';
import { formatOperation, Recorder } from '@pandakv/history';
import { seededRandom } from '../random.js';
import { Transfers } from '../transfers.js';
import { ListAppends } from './list-appends.js';

/** What a process is told that runs both workloads until it is killed. */
export interface WorkloadsArgument {
  readonly config: DatabaseConfig;
  readonly prefixes: readonly string[];
  readonly accounts: number;
  readonly clients: number;
  readonly run: number;
  readonly seed: number;
  /** Each operation is written here as a line before the next step is taken. */
  readonly historyFile: string;
  /** The names of acknowledged transfers, one a line. */
  readonly transfersFile: string;
  /** Holds by how many milliseconds this process's clock is wrong, where that is not done by others. */
  readonly clockFile?: string;
}

const argument = JSON.parse(process.argv[2]!) as WorkloadsArgument;
const { config, prefixes, accounts, clients, run, seed, clockFile } = argument;
const random = seededRandom(seed);
const environment = clockFile === undefined ? systemEnvironment : wrongClock(clockFile);
const db = await openDatabase({ ...config, environment });
const history = openSync(argument.historyFile, 'a');
const recorder = new Recorder({ add: (operation) => writeSync(history, `${formatOperation(operation, 'json')}\n`) });
const lists = new ListAppends(db, recorder, { prefixes, random, run });
const transfers = new Transfers(db, prefixes, accounts, random, (name) => appendFileSync(argument.transfersFile, `${name}\n`));
writeSync(1, 'ready\n');
await Promise.all(Array.from({ length: clients }, () => [lists.run(), transfers.run(`${run}-`)]).flat());

function wrongClock(file: string): Environment {
  return { ...systemEnvironment, now: () => systemEnvironment.now() + Number(readFileSync(file, 'utf8')) };
}
