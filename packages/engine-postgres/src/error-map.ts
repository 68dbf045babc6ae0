import { GuardMismatch, PandaError } from '@pandakv/core/engine';
import { IN_WORDS, NODE_CODES, SQL_STATES, UNKNOWN, type Translation } from './error-table.js';

/**
 * What an engine call fails with, for what the driver failed with. `GuardMismatch`, errors of ours and TypeErrors (bugs) stay
 * as they are; of the rest the code decides, and the original is the `cause`.
 */
export function toPandaError(error: unknown): unknown {
  if (isOurs(error)) return error;
  const { code, message } = translate(error);
  return new PandaError(code, withState(message, error), { cause: error });
}

/** As {@link toPandaError}, for opening. */
export function toOpenError(error: unknown): unknown {
  if (isOurs(error)) return error;
  const { code, codeAtOpen, message } = translate(error);
  return new PandaError(codeAtOpen ?? code, withState(message, error), { cause: error });
}

/** True when the connection on which this was met is not to be used again. */
export function endsConnection(error: unknown): boolean {
  return translate(error).endsConnection ?? false;
}

/** The SQLSTATE, or Node's code, of an error. */
export function nativeCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

function isOurs(error: unknown): boolean {
  return PandaError.is(error) || GuardMismatch.is(error) || error instanceof TypeError;
}

function translate(error: unknown): Translation {
  const code = nativeCode(error);
  if (code !== undefined) return NODE_CODES[code] ?? SQL_STATES[code] ?? SQL_STATES[code.slice(0, 2)] ?? UNKNOWN;
  const message = error instanceof Error ? error.message : '';
  return IN_WORDS.find(([beginning]) => message.startsWith(beginning))?.[1] ?? UNKNOWN;
}

/** The server's own message may quote data, so that only its code is told. */
function withState(message: string, error: unknown): string {
  const code = nativeCode(error);
  return code === undefined ? message : `${message} (${code})`;
}
