import { Command, Option } from 'commander';
import { natural } from '../arguments.js';
import { explore, type ExploreOptions, type ExploreResult } from './explore.js';
import { MODEL_BUGS } from './model-bugs.js';
import { SCOPES } from './scopes.js';

const EXECUTIONS_MAX = 10_000_000;

export function exploreCommand(): Command {
  return new Command('explore')
    .description('Tries every order of events of cross-shard commits on two shards; exits with 1 if one of them breaks a promise')
    .option('--whole', 'one scope after another, from the smallest to the largest', false)
    .option('--transactions <count>', 'one or two', natural, 1)
    .option('--crashes <count>', 'how many processes may die', natural, 0)
    .option('--losses <count>', 'how many messages may be lost', natural, 0)
    .option('--duplicates <count>', 'how many messages may arrive twice', natural, 0)
    .option('--recoveries <count>', 'how many shards may begin a recovery at any time', natural, 0)
    .option('--lag-ms <ms>', 'how far the clocks of coordinators are behind', natural, 0)
    .addOption(new Option('--bug <name>', 'take one protection away, to see that it is missed').choices(MODEL_BUGS))
    .option('--is-checked', 'see whether the same follows from states that are taken for the same', false)
    .option('--executions-max <count>', 'give up after so many executions', natural, EXECUTIONS_MAX)
    .action(async ({ whole, ...options }: ExploreOptions & { whole: boolean }) => {
      if (whole) await exploreScopes(options);
      else await exploreOne('', { ...options, transactions: options.transactions === 2 ? 2 : 1 });
    });
}

async function exploreScopes({ executionsMax, isChecked }: ExploreOptions): Promise<void> {
  for (const { name, options } of SCOPES) await exploreOne(name, { ...options, executionsMax, isChecked });
}

async function exploreOne(name: string, options: ExploreOptions): Promise<void> {
  const started = Date.now();
  const withTime = (result: ExploreResult) => ({ ...result, seconds: (Date.now() - started) / 1_000 });
  const result = await explore(options, (progress) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${progress.states} states, ${progress.executions} executions`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  if (name === '') console.log(JSON.stringify(withTime(result), undefined, 2));
  else console.log(lineOf(name, withTime(result)));
  if (result.violation === undefined) return;
  process.exitCode = 1;
  if (name !== '') console.log([...result.violation.failures, ...result.violation.choices].join('\n  '));
}

function lineOf(
  name: string,
  { states, executions, seconds, isComplete, violation }: ExploreResult & { seconds: number },
): string {
  const verdict = violation !== undefined ? 'VIOLATION' : isComplete ? 'complete' : 'not finished';
  return `${name}: ${states} states, ${executions} executions, ${seconds.toFixed(1)} s: ${verdict}`;
}
