import { Command, InvalidArgumentError } from 'commander';
import { AREAS } from '../areas/index.js';
import { packageVersion } from '../version.js';
import { CannotRun } from './cannot-run.js';

/** What the command line asks for. */
export interface Request {
  readonly module: string;
  readonly options: unknown;
  readonly json: string | undefined;
  readonly html: string | undefined;
  readonly areas: readonly string[];
  readonly seed: number | undefined;
  readonly scale: number | undefined;
}

type Flags = Pick<Request, 'json' | 'html' | 'seed' | 'scale'> & {
  readonly area: readonly string[];
  readonly options: string | undefined;
};

const AFTER_HELP = `
The module exports \`plugin\` (an EnginePlugin, opened with --options) or \`engineUnderTest\`, or either by default.
In the strings of --options, {unique} becomes a new name for each store, and {tmp} a temporary folder that is removed
with it. Without either, all tests share the one store that the options name: it must be empty.

Exit codes: 0 the engine conforms, 1 it does not, 2 it could not be tested.

Examples:
  panda-conformance @pandakv/engine-level --options '{"location":"{tmp}/store"}'
  panda-conformance ./dist/index.js --area guard --area crash --html report.html`;

/** Calls `run` with what the arguments ask for. Wrong usage is thrown. */
export function createProgram(run: (request: Request) => Promise<void>): Command {
  return new Command('panda-conformance')
    .description('Finds out whether a storage engine keeps the contract that Panda relies on.')
    .argument('<module>', 'package or file of the engine')
    .option('-o, --options <json>', "options of the engine's plugin")
    .option('--json <file>', 'write the report as JSON')
    .option('--html <file>', 'write the report as one HTML page')
    .option(
      '-a, --area <name>',
      `run this area only; may be given several times: ${AREAS.map(({ name }) => name).join(', ')}`,
      gather,
      [],
    )
    .option('--seed <number>', 'seed of all that is random (default: PANDA_SEED, or a new one)', parseNumber)
    .option('--scale <number>', 'how much of the repeated work is done (default: 1)', parseNumber)
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'explain the command')
    .addHelpText('after', AFTER_HELP)
    .exitOverride()
    .action(async (module: string, { area, options, ...others }: Flags) => {
      await run({ ...others, module, areas: area, options: options === undefined ? undefined : parseJson(options) });
    });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The text may hold a password: it is not repeated, as commander would.
    throw new CannotRun('--options is not valid JSON');
  }
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw new InvalidArgumentError('It is not a number.');
  return number;
}

function gather(name: string, names: readonly string[]): readonly string[] {
  return [...names, name];
}
