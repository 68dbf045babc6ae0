import { PandaError, type ErrorCode } from '@pandakv/core';

/** A PandaError as a message carries it. The cause stays at home. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts: { key?: string; shard?: string; range?: string; transactionId?: string };
}

export function encodeError(error: PandaError): WireError {
  const { code, message, key, shard, range, transactionId } = error;
  const facts = {
    ...(key === undefined ? {} : { key }),
    ...(shard === undefined ? {} : { shard }),
    ...(range === undefined ? {} : { range }),
    ...(transactionId === undefined ? {} : { transactionId }),
  };
  return { code, message, facts };
}

export function decodeError({ code, message, facts }: WireError): PandaError {
  return new PandaError(code, message, facts);
}
