import { Command, InvalidArgumentError, Option } from 'commander';
import { natural, positive } from './arguments.js';
import { PLANTED_BUGS, type PlantedBug } from './cluster/planted-bug.js';
import { Counters } from './kernel/counters.js';
import { exploreCommand } from './explorer/explore-command.js';
import { reportFailure } from './failure-report.js';
import { FAULT_KINDS, type FaultKind } from './limits.js';
import { shrink } from './shrink.js';
import { simulate, type SimulationOptions, type SimulationResult, type Topology } from './simulate.js';
import { WORKLOAD_NAMES } from './soak.js';
import { soakCommand } from './soak-command.js';
import type { WorkloadName } from './workload/workloads.js';

interface SimulateOptions {
  readonly seconds?: number;
  readonly seeds?: number;
  readonly seed: number;
  readonly workload?: WorkloadName;
  readonly topology?: Topology;
  readonly bug?: PlantedBug;
  readonly strict?: true;
  readonly calm?: true;
  readonly diesAfter?: number;
  readonly tail: number;
  readonly json?: true;
  readonly clients?: number;
  readonly operations?: number;
  readonly faultsForMs?: number;
  readonly without?: readonly FaultKind[];
  readonly shrink: boolean;
}

export function createProgram(): Command {
  const program = new Command('simulate')
    .enablePositionalOptions()
    .description('Runs whole clusters on a virtual clock, with faults, seed after seed; exits with 1 if anything was wrong')
    .option('--seconds <count>', 'go on for so long', positive)
    .option('--seeds <count>', 'run so many seeds (default: one, or as many as the seconds allow)', positive)
    .option('--seed <number>', 'the first seed', natural, Date.now() % 1_000_000)
    .addOption(new Option('--workload <name>', 'only this one (default: all in turn)').choices(WORKLOAD_NAMES))
    .addOption(new Option('--topology <name>', 'only this one (default: as the seed says)').choices(['embedded', 'nodes']))
    .addOption(new Option('--bug <name>', 'plant a bug in the surroundings of core').choices(PLANTED_BUGS))
    .option('--strict', 'real time counts between clients of different nodes')
    .option('--calm', 'without faults, and with ranges as they are')
    .option('--dies-after <steps>', "the first client's process dies after so many steps", natural)
    .option('--tail <count>', 'show so many of the last events of a failure', natural, 0)
    .option('--clients <count>', 'so many clients', natural)
    .option('--operations <count>', 'so many operations of each client', natural)
    .option('--faults-for-ms <ms>', 'heal after so long, at the latest', natural)
    .option('--without <kinds>', 'leave these kinds of faults out', faultKinds)
    .option('--no-shrink', 'show a failure as it is, and do not look for a shorter one')
    .option('--json', 'end with one line of JSON')
    .action(async (options: SimulateOptions) => {
      await run(options);
    });
  program.addCommand(exploreCommand());
  program.addCommand(soakCommand());
  return program;
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
    const workload = options.workload ?? WORKLOAD_NAMES[seed % WORKLOAD_NAMES.length]!;
    const { topology, bug, strict, calm, diesAfter, tail, clients, operations, faultsForMs, without } = options;
    const limits = { clients, operations, faultsForMs, without };
    const simulation: SimulationOptions = {
      seed,
      workload,
      topology,
      bug,
      isStrict: strict,
      isCalm: calm,
      diesAfter,
      limits,
      tail,
    };
    const result = await simulate(simulation);
    counters.addAll(result.counters);
    sum.seeds++;
    sum.operations += result.operations;
    sum.commits += result.commits;
    sum.events += result.events;
    sum.virtualMs += result.virtualMs;
    if (result.failures.length === 0) continue;
    sum.failed++;
    reportFailure(result, { topology, bug, strict, calm, diesAfter, limits });
    if (options.shrink) await reportShortest(simulation, result);
  }
  const seconds = (Date.now() - started) / 1_000;
  const summary = { ...sum, seconds, counters: counters.toJSON() };
  if (options.json === true) console.log(JSON.stringify(summary));
  else console.log(textOf(summary));
  if (sum.failed > 0) process.exitCode = 1;
}

async function reportShortest(options: SimulationOptions, failed: SimulationResult): Promise<void> {
  const { limits, result, runs } = await shrink(options, failed);
  console.log(`  the shortest that was found in ${runs} runs:`);
  const { topology, bug, isStrict: strict, isCalm: calm, diesAfter } = options;
  reportFailure(result, { topology, bug, strict, calm, diesAfter, limits });
}

function faultKinds(text: string): readonly FaultKind[] {
  return text.split(',').map((name) => {
    const kind = FAULT_KINDS.find((candidate) => candidate.replaceAll(' ', '-') === name.trim());
    if (kind === undefined)
      throw new InvalidArgumentError(`'${name}' is none of: ${FAULT_KINDS.join(', ').replaceAll(/(\w) /g, '$1-')}`);
    return kind;
  });
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
