import { Command, InvalidArgumentError, Option } from 'commander';
import { tmpdir } from 'node:os';
import { isMet, type Benchmark, type Comparison } from './benchmark.js';
import { BENCHMARKS } from './level/index.js';
import { describeMachine, type Machine } from './machine.js';
import { jsonText, machineText, tableText } from './report.js';
import { RANGES_BENCHMARKS } from './ranges/index.js';
import { SIDES, SQL_BENCHMARKS } from './sql/index.js';
import { SURFACE_BENCHMARKS } from './surface/index.js';
import { inSubfolder, inTemporaryFolder } from './temporary-folder.js';

interface Named {
  readonly name: string;
}

interface CommandOptions<Measure extends Named> {
  readonly json?: true;
  readonly check?: true;
  readonly only: readonly Measure[];
  readonly dir: string;
  readonly scale: number;
}

/** Runs the benchmarks asked for, one after another, and hands over what each found. */
type Runner = (folder: string, found: (comparisons: readonly Comparison[]) => void) => Promise<void>;

export function createProgram(): Command {
  const program = new Command('bench').description('Benchmarks of Panda');
  addCommand(program, 'level', 'Compares Panda over LevelDB with LevelDB (classic-level), in one run', BENCHMARKS, inSubfolders);
  addCommand(program, 'surface', 'Measures hot keys and locks over LevelDB', SURFACE_BENCHMARKS, inSubfolders);
  addCommand(
    program,
    'ranges',
    'Measures ranges that move: how fast, what clients notice, how even it gets',
    RANGES_BENCHMARKS,
    inSubfolders,
  );
  for (const [name, openSide] of Object.entries(SIDES)) {
    addCommand(
      program,
      name,
      `Compares Panda over ${name} with the raw driver, in one run`,
      SQL_BENCHMARKS,
      ({ only, scale }) => {
        return async (folder, found) => {
          const side = await openSide(folder);
          try {
            for (const benchmark of only) {
              console.error(`${benchmark.name} …`);
              found(await benchmark.run({ side, scale }));
            }
          } finally {
            await side.close();
          }
        };
      },
    );
  }
  return program;
}

/** Each of the benchmarks with an empty folder of its own. */
function inSubfolders({ only, scale }: CommandOptions<Benchmark>): Runner {
  return async (parent, found) => {
    for (const benchmark of only) {
      console.error(`${benchmark.name} …`);
      found(await inSubfolder(parent, benchmark.name, (folder) => benchmark.run({ folder, scale })));
    }
  };
}

function addCommand<Measure extends Named>(
  program: Command,
  name: string,
  what: string,
  benchmarks: readonly Measure[],
  runner: (options: CommandOptions<Measure>) => Runner,
): void {
  const names = benchmarks.map((benchmark) => benchmark.name).join(', ');
  program
    .command(name)
    .description(what)
    .option('--json', 'end with one line of JSON: the ratios by name, and the figures')
    .option('--check', 'exit with 1 if a target is missed')
    .addOption(
      new Option('--only <names>', `some of: ${names}`)
        .argParser((text: string) => selected(text, benchmarks, names))
        .default(benchmarks, 'all'),
    )
    .option('--dir <folder>', 'where to make the temporary stores', tmpdir())
    .option('--scale <factor>', 'how much of the work to do, up to 1; figures of less mean nothing', scaleOf, 1)
    .action(async (options: CommandOptions<Measure>) => {
      await run(options, runner(options));
    });
}

async function run({ json, check, dir, scale }: CommandOptions<Named>, runner: Runner): Promise<void> {
  const comparisons: Comparison[] = [];
  const machine = await inTemporaryFolder(dir, async (parent): Promise<Machine> => {
    const facts = await inSubfolder(parent, 'machine', (folder) => describeMachine({ folder, scale }));
    console.log(machineText(facts));
    await runner(parent, (found) => comparisons.push(...found));
    return facts;
  });
  console.log(tableText(comparisons));
  if (json === true) console.log(jsonText(comparisons, machine));
  if (check === true && !comparisons.every(isMet)) process.exitCode = 1;
}

function selected<Measure extends Named>(text: string, benchmarks: readonly Measure[], names: string): Measure[] {
  return text.split(',').map((name) => {
    const benchmark = benchmarks.find((candidate) => candidate.name === name.trim());
    if (benchmark === undefined) throw new InvalidArgumentError(`'${name}' is none of: ${names}`);
    return benchmark;
  });
}

function scaleOf(text: string): number {
  const scale = Number(text);
  if (!(scale > 0 && scale <= 1)) throw new InvalidArgumentError('It must be above 0, and at most 1');
  return scale;
}
