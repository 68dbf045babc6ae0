import { Command, InvalidArgumentError } from 'commander';
import { ENGINE_NAMES, type EngineName } from './engine-name.js';
import { runConformanceOf } from './run-conformance-of.js';
import { runTestsOn } from './run-tests-on.js';
import { soak, type SoakRound } from './soak.js';

const ALL = [...ENGINE_NAMES, 'all'].join(', ');

export function createProgram(): Command {
  const program = new Command('acceptance').description('Runs the conformance suite and the tests of Panda on its engines');
  program
    .command('conformance')
    .description('Finds out whether engines keep the contract that Panda relies on')
    .requiredOption('-e, --engine <names>', `some of: ${ALL}`, engineNames)
    .option('--json <file>', 'write a report: for each engine what passed, failed and was skipped')
    .action(async ({ engine, json }: { engine: readonly EngineName[]; json?: string }) => {
      process.exitCode = await runConformanceOf(engine, json);
    });
  program
    .command('test')
    .description('Runs the tests of an engine package, the conformance suite, and the tests of transactions on the engine')
    .requiredOption('-e, --engine <names>', `some of: ${ALL}; or "mix", for databases over several engines`, testedNames)
    .option('--transactions', 'run the tests of transactions only')
    .option('--brief', 'of these, run a few that are quick; MySQL is left out where there is none')
    .action(async ({ engine, transactions, brief }: TestOptions) => {
      process.exitCode = await runTestsOn(engine, brief === true ? 'brief' : transactions === true ? 'transactions' : 'all');
    });
  program
    .command('soak')
    .description(
      'Runs workloads on real engines while processes, servers, connections, disks and clocks fail, and judges their histories',
    )
    .requiredOption('--minutes <count>', 'begin another round for so long; one takes about a minute', positive)
    .option('--seed <number>', 'the first seed', natural, Date.now() % 1_000_000)
    .option('--json', 'end with one line of JSON')
    .action(async ({ minutes, seed, json }: SoakOptions) => {
      const rounds = await soak(minutes, seed, tellRound);
      const failed = rounds.filter((round) => round.failed.length > 0);
      if (json === true) console.log(JSON.stringify({ rounds }));
      else console.log(`${rounds.length} rounds, ${failed.length} failed`);
      process.exitCode = failed.length === 0 ? 0 : 1;
    });
  return program;
}

interface SoakOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly json?: true;
}

function tellRound({ seed, passed, failed, seconds }: SoakRound): void {
  console.error(`seed ${seed}: ${passed} passed, ${failed.length} failed in ${Math.round(seconds)} s`);
  for (const failure of failed) console.error(`  ${failure}\n  again: npm run soak:engines -- --minutes 1 --seed ${seed}`);
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a number above 0.');
}

function natural(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It must be a whole number, 0 or more.');
}

interface TestOptions {
  readonly engine: readonly (EngineName | 'mix')[];
  readonly transactions?: true;
  readonly brief?: true;
}

function engineNames(text: string): readonly EngineName[] {
  if (text === 'all') return ENGINE_NAMES;
  return text.split(',').map((part) => {
    const name = ENGINE_NAMES.find((candidate) => candidate === part.trim());
    if (name === undefined) throw new InvalidArgumentError(`'${part}' is none of: ${ALL}`);
    return name;
  });
}

function testedNames(text: string): readonly (EngineName | 'mix')[] {
  if (text === 'all') return [...ENGINE_NAMES, 'mix'];
  return text
    .split(',')
    .flatMap((part): readonly (EngineName | 'mix')[] => (part.trim() === 'mix' ? ['mix'] : engineNames(part)));
}
