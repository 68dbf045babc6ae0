import { GuardMismatch, PandaError, type ErrorCode } from '@pandakv/core/engine';

interface Translation {
  readonly code: ErrorCode;
  readonly message: string;
}

const DAMAGED: Translation = { code: 'Corruption', message: 'SQLite found damage in the file' };
const FAILED: Translation = { code: 'ShardUnavailable', message: 'SQLite failed a request' };
const FULL: Translation = { code: 'ShardUnavailable', message: 'No space is left on the disk, or a quota is used up' };
const LOCKED: Translation = { code: 'ShardUnavailable', message: 'The store is locked by another process' };
const READ_ONLY: Translation = { code: 'ShardUnavailable', message: 'The store can only be read' };
const REFUSED: Translation = { code: 'ShardUnavailable', message: 'The operating system refused access to the store' };
const IN_THE_WAY: Translation = { code: 'InvalidArgument', message: 'A file lies where a folder of the path should be' };

/** Codes of the file system, and primary codes of SQLite: what is left of SQLITE_IOERR_WRITE is SQLITE_IOERR. */
const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  SQLITE_CORRUPT: DAMAGED,
  SQLITE_NOTADB: DAMAGED,
  SQLITE_FORMAT: DAMAGED,
  SQLITE_BUSY: LOCKED,
  SQLITE_LOCKED: LOCKED,
  SQLITE_PROTOCOL: LOCKED,
  SQLITE_FULL: FULL,
  SQLITE_READONLY: READ_ONLY,
  SQLITE_IOERR: { code: 'ShardUnavailable', message: 'The disk failed a request' },
  SQLITE_CANTOPEN: REFUSED,
  SQLITE_PERM: REFUSED,
  SQLITE_AUTH: REFUSED,
  SQLITE_NOMEM: { code: 'ShardUnavailable', message: 'SQLite ran out of memory' },
  SQLITE_TOOBIG: { code: 'InvalidArgument', message: 'SQLite does not take so large a value' },
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: FULL,
  EACCES: REFUSED,
  EPERM: REFUSED,
  EROFS: REFUSED,
  ENOTDIR: IN_THE_WAY,
  EEXIST: IN_THE_WAY,
};

const PRIMARY_CODE = /^SQLITE_[A-Z]+/;

/**
 * What an engine call fails with, for what SQLite failed with. `GuardMismatch`, errors of ours and TypeErrors (bugs) stay as
 * they are; of the rest only the code decides, and the original is the `cause`. What no table knows is `ShardUnavailable`:
 * its outcome is unknown.
 */
export function toPandaError(error: unknown): unknown {
  if (isPassed(error)) return error;
  const { code, message } = translate(error);
  return new PandaError(code, message, { cause: error });
}

/** As {@link toPandaError}, for opening: there, a table that is not there is damage, and the file is named. */
export function toOpenError(error: unknown, file: string): unknown {
  if (isPassed(error)) return error;
  const { code, message } = nativeCode(error) === 'SQLITE_ERROR' ? DAMAGED : translate(error);
  return new PandaError(code, `${message}: ${file}`, { cause: error });
}

/** Whether an earlier writer's lock has kept this from being done. */
export function isBusy(error: unknown): boolean {
  return nativeCode(error) === 'SQLITE_BUSY';
}

function isPassed(error: unknown): boolean {
  return PandaError.is(error) || GuardMismatch.is(error) || error instanceof TypeError;
}

function translate(error: unknown): Translation {
  const code = nativeCode(error);
  return (code === undefined ? undefined : TRANSLATIONS[code]) ?? FAILED;
}

function nativeCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? (PRIMARY_CODE.exec(code)?.[0] ?? code) : undefined;
}
