import { Command, InvalidArgumentError } from 'commander';
import { tmpdir } from 'node:os';
import { BENCHMARKS, describeMachine, isMet, type Benchmark, type Comparison, type Machine } from './level/index.js';
import { jsonText, machineText, tableText } from './report.js';
import { inSubfolder, inTemporaryFolder } from './temporary-folder.js';

interface LevelCommandOptions {
  readonly json?: true;
  readonly check?: true;
  readonly only: readonly Benchmark[];
  readonly dir: string;
  readonly scale: number;
}

const NAMES = BENCHMARKS.map(({ name }) => name).join(', ');

export function createProgram(): Command {
  const program = new Command('bench').description('Benchmarks of Panda');
  program
    .command('level')
    .description('Compares Panda over LevelDB with LevelDB (classic-level), in one run')
    .option('--json', 'end with one line of JSON: the ratios by name, and the figures')
    .option('--check', 'exit with 1 if a target is missed')
    .option('--only <names>', `some of: ${NAMES}`, benchmarksOf, BENCHMARKS)
    .option('--dir <folder>', 'where to make the temporary stores', tmpdir())
    .option('--scale <factor>', 'how much of the work to do, up to 1; figures of less mean nothing', scaleOf, 1)
    .action(async (options: LevelCommandOptions) => {
      await runLevel(options);
    });
  return program;
}

async function runLevel({ json, check, only, dir, scale }: LevelCommandOptions): Promise<void> {
  const comparisons: Comparison[] = [];
  const machine = await inTemporaryFolder(dir, async (parent): Promise<Machine> => {
    const facts = await inSubfolder(parent, 'machine', (folder) => describeMachine({ folder, scale }));
    console.log(machineText(facts));
    for (const benchmark of only) {
      console.error(`${benchmark.name} …`);
      comparisons.push(...(await inSubfolder(parent, benchmark.name, (folder) => benchmark.run({ folder, scale }))));
    }
    return facts;
  });
  console.log(tableText(comparisons));
  if (json === true) console.log(jsonText(comparisons, machine));
  if (check === true && !comparisons.every(isMet)) process.exitCode = 1;
}

function benchmarksOf(names: string): Benchmark[] {
  return names.split(',').map((name) => {
    const benchmark = BENCHMARKS.find((candidate) => candidate.name === name.trim());
    if (benchmark === undefined) throw new InvalidArgumentError(`'${name}' is none of: ${NAMES}`);
    return benchmark;
  });
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (!(scale > 0 && scale <= 1)) throw new InvalidArgumentError('It must be above 0, and at most 1');
  return scale;
}
