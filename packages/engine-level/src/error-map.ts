import { GuardMismatch, PandaError, type ErrorCode } from '@pandakv/core/engine';

interface Translation {
  readonly code: ErrorCode;
  readonly message: string;
}

const CLOSED: Translation = { code: 'Closed', message: 'The database was closed' };
const DAMAGED: Translation = { code: 'Corruption', message: 'LevelDB found damage in its files' };
const FAILED: Translation = { code: 'ShardUnavailable', message: 'The disk failed a request' };
const FULL: Translation = { code: 'ShardUnavailable', message: 'No space is left on the disk, or a quota is used up' };
const REFUSED: Translation = { code: 'ShardUnavailable', message: 'The operating system refused access to the store' };
const LOCKED: Translation = { code: 'ShardUnavailable', message: 'The store is open elsewhere' };
const IN_THE_WAY: Translation = { code: 'InvalidArgument', message: 'A file lies where the folder of the store should be' };
const NOT_SUPPORTED: Translation = { code: 'InvalidArgument', message: 'The database does not support what the engine needs' };

/** Native codes of abstract-level, classic-level and the file system, and ours. */
const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  LEVEL_CORRUPTION: DAMAGED,
  LEVEL_DECODE_ERROR: DAMAGED,
  LEVEL_IO_ERROR: FAILED,
  LEVEL_LOCKED: LOCKED,
  LEVEL_DATABASE_NOT_OPEN: CLOSED,
  LEVEL_DATABASE_NOT_CLOSED: { code: 'ShardUnavailable', message: 'The database failed to close' },
  LEVEL_ITERATOR_NOT_OPEN: CLOSED,
  LEVEL_BATCH_NOT_OPEN: CLOSED,
  LEVEL_STATUS_LOCKED: CLOSED,
  LEVEL_INVALID_KEY: NOT_SUPPORTED,
  LEVEL_INVALID_VALUE: NOT_SUPPORTED,
  LEVEL_NOT_SUPPORTED: NOT_SUPPORTED,
  LEVEL_ENCODING_NOT_FOUND: NOT_SUPPORTED,
  LEVEL_ENCODING_NOT_SUPPORTED: NOT_SUPPORTED,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EACCES: REFUSED,
  EPERM: REFUSED,
  EROFS: REFUSED,
  ENOTDIR: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
};

/** LevelDB says in words what the operating system told it. */
const FULL_IN_WORDS = /No space left on device|quota exceeded|File too large/i;
const MISSING_IN_WORDS = /No such file or directory/i;

/** Synchronous calls of classic-level carry no code, only LevelDB's words. */
const STATUS_IN_WORDS: readonly (readonly [prefix: string, code: string])[] = [
  ['Corruption: ', 'LEVEL_CORRUPTION'],
  ['IO error: ', 'LEVEL_IO_ERROR'],
];

/**
 * What an engine call fails with, for what the database failed with. `GuardMismatch`, errors of ours and TypeErrors (bugs)
 * stay as they are; of the rest only the code decides, and the original is the `cause`. What no table knows is
 * `ShardUnavailable`: its outcome is unknown.
 */
export function toPandaError(error: unknown): unknown {
  if (PandaError.is(error) || GuardMismatch.is(error) || error instanceof TypeError) return error;
  const { code, message } = translate(error);
  return new PandaError(code, message, { cause: error });
}

/**
 * As {@link toPandaError}, for opening: there, a file of LevelDB that is missing is damage, and so is whatever LevelDB says
 * without a code (no database where one must be).
 */
export function toOpenError(error: unknown, location: string): unknown {
  const root = rootOf(error);
  if (PandaError.is(root) || root instanceof TypeError) return root;
  const { code, message } = isDamageAtOpening(root) ? DAMAGED : translate(root);
  return new PandaError(code, `${message}: ${location}`, { cause: root });
}

function isDamageAtOpening(error: unknown): boolean {
  const code = nativeCode(error);
  if (code === 'LEVEL_IO_ERROR') return MISSING_IN_WORDS.test(messageOf(error));
  return code === undefined && messageOf(error).startsWith('Invalid argument: ');
}

function translate(error: unknown): Translation {
  const code = nativeCode(error);
  if (code === 'LEVEL_IO_ERROR' && FULL_IN_WORDS.test(messageOf(error))) return FULL;
  return (code === undefined ? undefined : TRANSLATIONS[code]) ?? FAILED;
}

function nativeCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string') return code;
  return STATUS_IN_WORDS.find(([prefix]) => error.message.startsWith(prefix))?.[1];
}

/** A database that failed to open wraps the reason. */
function rootOf(error: unknown): unknown {
  const wrapped = error instanceof Error && nativeCode(error) === 'LEVEL_DATABASE_NOT_OPEN' && error.cause !== undefined;
  return wrapped ? rootOf(error.cause) : error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : '';
}
