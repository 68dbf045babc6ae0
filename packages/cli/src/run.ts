import { CommanderError } from 'commander';
import { EXIT, reportError } from './output/errors.js';
import { BrokenPipe, printJson, type Io } from './output/io.js';
import { createProgram } from './program.js';
import type { Signals } from './signals.js';

/** Runs one command of `panda`, and answers the exit code. */
export async function run(args: readonly string[], io: Io, signals: Signals): Promise<number> {
  const asJson = wantsJson(args);
  const outcome = { exitCode: EXIT.ok };
  try {
    await createProgram({ outcome, signal: signals.signal, io }, asJson).parseAsync(args, { from: 'user' });
    return signals.exitCode ?? outcome.exitCode;
  } catch (error) {
    if (error instanceof BrokenPipe) return EXIT.ok;
    return await failed(error, io, signals, asJson);
  } finally {
    signals.stop();
  }
}

async function failed(error: unknown, io: Io, { exitCode }: Signals, asJson: boolean): Promise<number> {
  try {
    if (exitCode !== undefined) {
      if (asJson) await printJson(io, { ok: false, code: 'Interrupted', message: 'Interrupted' });
      else io.note('panda: interrupted');
      return exitCode;
    }
    if (!(error instanceof CommanderError)) return await reportError(io, error, asJson);
    // Help and version were asked for, and are printed.
    if (error.exitCode === 0) return EXIT.ok;
    if (asJson) await printJson(io, { ok: false, code: 'InvalidArgument', message: error.message.replace(/^error: /, '') });
    return EXIT.usage;
  } catch (failure) {
    if (failure instanceof BrokenPipe) return exitCode ?? EXIT.failure;
    throw failure;
  }
}

/** Also where the arguments cannot be parsed, the caller gets errors in the form asked for. */
function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end === -1 ? args : args.slice(0, end)).includes('--json');
}
