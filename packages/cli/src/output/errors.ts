import { PandaError } from '@pandakv/core';
import { printJson, type Io } from './io.js';

export const EXIT = Object.freeze({ ok: 0, failure: 1, usage: 2 });

/** Errors that are the caller's to mend. */
const USAGE_CODES: readonly string[] = ['InvalidArgument', 'KeyTooLarge', 'ValueTooLarge'];

/** Reports an error where the user looks for it, and answers the exit code. */
export async function reportError(io: Io, error: unknown, asJson: boolean): Promise<number> {
  const isPanda = PandaError.is(error);
  const code = isPanda ? error.code : 'Internal';
  const message = error instanceof Error ? error.message : String(error);
  if (asJson) await printJson(io, { ok: false, code, message });
  else if (isPanda) io.note(`panda: ${message} (${code})`);
  // Our own fault: whoever mends it wants to know where.
  if (!isPanda) io.note(`panda: ${error instanceof Error ? (error.stack ?? message) : message}`);
  return USAGE_CODES.includes(code) ? EXIT.usage : EXIT.failure;
}
