import { Command, InvalidArgumentError } from 'commander';
import { ENGINE_NAMES, type EngineName } from './engine-name.js';
import { runConformanceOf } from './run-conformance-of.js';
import { runTestsOn } from './run-tests-on.js';

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
  return program;
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
