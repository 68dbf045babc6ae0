import { GuardMismatch, PandaError, type ErrorCode } from '@pandakv/core/engine';

/** Native codes, and what they mean to Panda. Everything else is a store that cannot be had now. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOTDIR: 'InvalidArgument',
  EISDIR: 'InvalidArgument',
  ENOSPC: 'ShardUnavailable',
  EACCES: 'ShardUnavailable',
  EBADF: 'ShardUnavailable',
};

/** What a call fails with, for what the file system failed with. */
export function toPandaError(error: unknown): unknown {
  if (PandaError.is(error) || GuardMismatch.is(error) || error instanceof TypeError) return error;
  const { code = '' } = error as { code?: string };
  return new PandaError(CODES[code] ?? 'ShardUnavailable', 'The disk failed a request', { cause: error });
}
