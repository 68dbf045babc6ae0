import { Command, InvalidArgumentError, Option } from 'commander';
import { PLANTED_BUGS, type PlantedBug } from './cluster/planted-bug.js';
import { Counters } from './kernel/counters.js';
import { explore, type ExploreOptions } from './explorer/explore.js';
import { simulate, type SimulationResult, type Topology } from './simulate.js';
import { WORKLOADS, type WorkloadName } from './workload/workloads.js';

interface SimulateOptions {
  readonly seconds?: number;
  readonly seeds?: number;
  readonly seed: number;
  readonly workload?: WorkloadName;
  readonly topology?: Topology;
  readonly bug?: PlantedBug;
  readonly strict?: true;
  readonly calm?: true;
  readonly tail: number;
  readonly json?: true;
}

const NAMES = Object.keys(WORKLOADS) as WorkloadName[];

export function createProgram(): Command {
  const program = new Command('simulate')
    .description('Runs whole clusters on a virtual clock, with faults, seed after seed; exits with 1 if anything was wrong')
    .option('--seconds <count>', 'go on for so long', positive)
    .option('--seeds <count>', 'run so many seeds (default: one, or as many as the seconds allow)', positive)
    .option('--seed <number>', 'the first seed', natural, Date.now() % 1_000_000)
    .addOption(new Option('--workload <name>', 'only this one (default: all in turn)').choices(NAMES))
    .addOption(new Option('--topology <name>', 'only this one (default: as the seed says)').choices(['embedded', 'nodes']))
    .addOption(new Option('--bug <name>', 'plant a bug in the surroundings of core').choices(PLANTED_BUGS))
    .option('--strict', 'real time counts between clients of different nodes')
    .option('--calm', 'without faults')
    .option('--tail <count>', 'show so many of the last events of a failure', natural, 0)
    .option('--json', 'end with one line of JSON')
    .action(async (options: SimulateOptions) => {
      await run(options);
    });
  program.addCommand(exploreCommand());
  return program;
}

function exploreCommand(): Command {
  return new Command('explore')
    .description('Tries every order of events of cross-shard commits on two shards; exits with 1 if one of them breaks a promise')
    .option('--transactions <count>', 'one or two', natural, 1)
    .option('--crashes <count>', 'how many processes may die', natural, 0)
    .option('--losses <count>', 'how many messages may be lost', natural, 0)
    .option('--duplicates <count>', 'how many messages may arrive twice', natural, 0)
    .option('--recoveries <count>', 'how many shards may begin a recovery at any time', natural, 0)
    .option('--lag-ms <ms>', 'how far the clocks of coordinators are behind', natural, 0)
    .option('--is-hasty', 'plant the bug that outcomes are passed on before they are durable', false)
    .option('--executions-max <count>', 'give up after so many executions', natural, 1_000_000)
    .option('--depth-max <steps>', 'no choice after so many steps', natural, 1_000)
    .action(async (options: ExploreOptions) => {
      const started = Date.now();
      const result = await explore({ ...options, transactions: options.transactions === 2 ? 2 : 1 });
      console.log(JSON.stringify({ ...result, seconds: (Date.now() - started) / 1_000 }, undefined, 2));
      if (result.violation !== undefined) process.exitCode = 1;
    });
}

async function run(options: SimulateOptions): Promise<void> {
  const started = Date.now();
  const counters = new Counters();
  const sum = { seeds: 0, failed: 0, operations: 0, commits: 0, events: 0, virtualMs: 0 };
  const isOver = (): boolean => {
    if (options.seeds !== undefined && sum.seeds >= options.seeds) return true;
    return options.seconds === undefined
      ? options.seeds === undefined && sum.seeds > 0
      : Date.now() - started >= options.seconds * 1_000;
  };
  while (!isOver()) {
    const seed = options.seed + sum.seeds;
    const workload = options.workload ?? NAMES[seed % NAMES.length]!;
    const { topology, bug, strict, calm, tail } = options;
    const result = await simulate({ seed, workload, topology, bug, isStrict: strict, isCalm: calm, tail });
    counters.addAll(result.counters);
    sum.seeds++;
    sum.operations += result.operations;
    sum.commits += result.commits;
    sum.events += result.events;
    sum.virtualMs += result.virtualMs;
    if (result.failures.length === 0) continue;
    sum.failed++;
    report(result, options);
  }
  const seconds = (Date.now() - started) / 1_000;
  const summary = { ...sum, seconds, counters: counters.toJSON() };
  if (options.json === true) console.log(JSON.stringify(summary));
  else console.log(textOf(summary));
  if (sum.failed > 0) process.exitCode = 1;
}

function report(result: SimulationResult, { topology, bug, strict, calm }: SimulateOptions): void {
  const { seed, workload, nodes, shards, failures, tail, traceHash } = result;
  console.log(`\nseed ${seed}, ${workload}, ${nodes} nodes, ${shards} shards: failed (trace ${traceHash})`);
  for (const failure of failures.slice(0, 6)) console.log(`  ${failure}`);
  if (failures.length > 6) console.log(`  … and ${failures.length - 6} more`);
  const flags = [topology && `--topology ${topology}`, bug && `--bug ${bug}`, strict && '--strict', calm && '--calm'].filter(
    (flag) => typeof flag === 'string',
  );
  console.log(`  again: npm run simulate -- --seed ${seed} --workload ${workload} ${flags.join(' ')}`);
  for (const line of tail) console.log(`    ${line}`);
}

function textOf(summary: {
  seeds: number;
  failed: number;
  operations: number;
  commits: number;
  events: number;
  virtualMs: number;
  seconds: number;
  counters: Record<string, number>;
}): string {
  const { seeds, failed, operations, commits, events, virtualMs, seconds, counters } = summary;
  const lines = [
    '',
    `${seeds} seeds, ${failed} failed; ${operations} operations, ${commits} commits, ${events} events, ${Math.round(virtualMs / 1_000)} s of virtual time in ${seconds.toFixed(1)} s`,
    ...Object.entries(counters).map(([name, count]) => `  ${name.padEnd(44)}${count}`),
  ];
  return lines.join('\n');
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new InvalidArgumentError('It must be a number above 0');
  return number;
}

function natural(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new InvalidArgumentError('It must be a whole number, not negative');
  return number;
}
