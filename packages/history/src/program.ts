import { Command, Option } from 'commander';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HistoryCheck, type CheckResult } from './check.js';
import { CONSISTENCY_MODELS, type ConsistencyModel } from './consistency-models.js';
import { readHistoryFile } from './formats/read-history.js';
import { HistoryError } from './history-error.js';
import { HISTORY_MODELS, type HistoryModel, type Operation } from './operation.js';
import { reportText } from './report/report-text.js';
import { drawCycle } from './report/svg.js';

/** Exit codes of `check`. */
export const EXIT = { valid: 0, anomalies: 1, unreadable: 2 } as const;

interface CheckCommandOptions {
  readonly model?: HistoryModel;
  readonly consistency: ConsistencyModel;
  readonly json?: true;
  readonly svg?: string;
  readonly linearizableKeys?: true;
}

/** Where a command writes to. */
export interface Streams {
  readonly write: (text: string) => void;
  readonly error: (text: string) => void;
}

/** @param exit told the exit code of a command that ran; one that is called wrongly throws commander's error */
export function createProgram(streams: Streams, exit: (code: number) => void): Command {
  const program = new Command('panda-history').description('Judges histories of transactions').exitOverride();
  program
    .command('check')
    .argument(
      '<file>',
      'a history in EDN (as Jepsen writes it) or JSON: a map an operation, one after the other or in one vector',
    )
    .description('Finds isolation anomalies; exits with 0 if there are none, 1 if there are, 2 if the file could not be judged')
    .addOption(
      new Option('--model <model>', 'what the values are (default: told by the first append or write)').choices(HISTORY_MODELS),
    )
    .addOption(
      new Option('--consistency <model>', 'what to hold the history against')
        .choices(CONSISTENCY_MODELS)
        .default('strict-serializable'),
    )
    .option('--json', 'print the result as JSON')
    .option('--svg <folder>', 'draw each cycle into a file of this folder')
    .option('--linearizable-keys', 'registers: take it as given that each key by itself is linearizable')
    .action((file: string, options: CheckCommandOptions) => {
      exit(runCheck(file, options, streams));
    });
  return program;
}

function runCheck(file: string, options: CheckCommandOptions, streams: Streams): number {
  try {
    const result = judge(readHistoryFile(file), options);
    streams.write(options.json === true ? `${JSON.stringify(result, undefined, 2)}\n` : reportText(result));
    if (options.svg !== undefined) drawAll(result, options.svg);
    return result.valid ? EXIT.valid : EXIT.anomalies;
  } catch (error) {
    if (!(error instanceof HistoryError)) throw error;
    streams.error(`${error.message}\n`);
    return EXIT.unreadable;
  }
}

/** Operations before the one that tells the model are kept for it. */
function judge(operations: Iterable<Operation>, { model, consistency, linearizableKeys }: CheckCommandOptions): CheckResult {
  const checkOptions = { consistency, linearizableKeys: linearizableKeys === true };
  const held: Operation[] = [];
  let check = model === undefined ? undefined : new HistoryCheck({ model, ...checkOptions });
  for (const operation of operations) {
    if (check !== undefined) {
      check.add(operation);
      continue;
    }
    held.push(operation);
    const told = modelToldBy(operation);
    if (told === undefined) continue;
    check = new HistoryCheck({ model: told, ...checkOptions });
    for (const each of held.splice(0)) check.add(each);
  }
  check ??= new HistoryCheck({ model: 'list-append', ...checkOptions });
  for (const each of held) check.add(each);
  return check.finish();
}

function modelToldBy({ value }: Operation): HistoryModel | undefined {
  const written = value.find(([f]) => f !== 'r');
  if (written === undefined) return undefined;
  return written[0] === 'append' ? 'list-append' : 'register';
}

function drawAll(result: CheckResult, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const { type, examples } of result.anomalies) {
    for (const [i, { transactions, steps }] of examples.entries()) {
      if (steps.length === 0) continue;
      const path = join(folder, `${type}-${i + 1}.svg`);
      writeFileSync(path, drawCycle(type, transactions, steps));
    }
  }
}
