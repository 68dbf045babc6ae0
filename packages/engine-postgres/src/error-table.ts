import type { ErrorCode } from '@pandakv/core/engine';

export interface Translation {
  readonly code: ErrorCode;
  readonly message: string;
  /** The code while the store is being opened, where that is another one: there, the configuration is to blame. */
  readonly codeAtOpen?: ErrorCode;
  /** True when the connection is not to be used again. */
  readonly endsConnection?: boolean;
}

const LOST: Translation = { code: 'ShardUnavailable', message: 'The connection to the server was lost', endsConnection: true };
const UNREACHABLE: Translation = { code: 'ShardUnavailable', message: 'The server cannot be reached', endsConnection: true };
const SHUT_DOWN: Translation = {
  code: 'ShardUnavailable',
  message: 'The server is shutting down, starting, or ended the connection',
  endsConnection: true,
};
const LOGIN: Translation = {
  code: 'ShardUnavailable',
  codeAtOpen: 'InvalidArgument',
  message: 'The server refused the user, the password or the way of logging in',
  endsConnection: true,
};
const UNTRUSTED: Translation = {
  code: 'ShardUnavailable',
  codeAtOpen: 'InvalidArgument',
  message: 'The certificate of the server is not trusted',
  endsConnection: true,
};
const NO_TLS: Translation = {
  code: 'ShardUnavailable',
  codeAtOpen: 'InvalidArgument',
  message: 'The server offers no TLS, and the options ask for it',
  endsConnection: true,
};
const SERIALIZATION: Translation = { code: 'ShardUnavailable', message: 'The server rolled the statement back' };
const GONE: Translation = { code: 'Corruption', message: 'The table of the store is gone, or no longer what it was' };
const DAMAGED: Translation = { code: 'Corruption', message: 'The server found damage in its files', endsConnection: true };

/** What is in no table: its outcome is unknown. */
export const UNKNOWN: Translation = { code: 'ShardUnavailable', message: 'The server failed the request', endsConnection: true };

/** SQLSTATEs, and classes of them (two characters) for those not listed. */
export const SQL_STATES: Readonly<Record<string, Translation>> = {
  '08': LOST,
  '0A': { code: 'ShardUnavailable', message: 'The server does not support the statement' },
  '22': { code: 'ShardUnavailable', message: 'The server refused the data' },
  '23': { code: 'ShardUnavailable', message: 'A constraint on the table refused the write' },
  '25': { code: 'ShardUnavailable', message: 'The transaction of the server cannot take the statement', endsConnection: true },
  '25006': { code: 'ShardUnavailable', message: 'The server, or the database for this user, is read-only' },
  '28': LOGIN,
  '3D': {
    code: 'ShardUnavailable',
    codeAtOpen: 'InvalidArgument',
    message: 'There is no such database on the server',
    endsConnection: true,
  },
  '3F': GONE,
  '40': SERIALIZATION,
  '40003': LOST,
  '42': { code: 'ShardUnavailable', message: 'The server refused the statement' },
  '42501': {
    code: 'ShardUnavailable',
    codeAtOpen: 'InvalidArgument',
    message: 'The user lacks a privilege on the table, its schema or the database',
  },
  '42703': GONE,
  '42809': GONE,
  '42P01': GONE,
  '53': { code: 'ShardUnavailable', message: 'The server lacks a resource' },
  '53100': { code: 'ShardUnavailable', message: 'The disk of the server is full' },
  '53200': { code: 'ShardUnavailable', message: 'The server is out of memory' },
  '53300': { code: 'ShardUnavailable', message: 'The server takes no more connections', endsConnection: true },
  '54': { code: 'ShardUnavailable', message: 'A limit of the server was exceeded' },
  '55': { code: 'ShardUnavailable', message: 'The server cannot do this in its present state' },
  '55P03': { code: 'ShardUnavailable', message: 'A lock on the table could not be had in time' },
  '57': SHUT_DOWN,
  '57014': { code: 'ShardUnavailable', message: 'The statement was cancelled', endsConnection: true },
  '58': { code: 'ShardUnavailable', message: 'The system below the server failed a request', endsConnection: true },
  XX: { code: 'ShardUnavailable', message: 'The server met an internal error', endsConnection: true },
  XX001: DAMAGED,
  XX002: DAMAGED,
};

/** Codes of Node: sockets, names, TLS. */
export const NODE_CODES: Readonly<Record<string, Translation>> = {
  ECONNREFUSED: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  EHOSTDOWN: UNREACHABLE,
  ENOENT: UNREACHABLE,
  ETIMEDOUT: LOST,
  ECONNRESET: LOST,
  ECONNABORTED: LOST,
  EPIPE: LOST,
  ERR_STREAM_DESTROYED: LOST,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: UNTRUSTED,
  CERT_NOT_YET_VALID: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: UNTRUSTED,
};

/** What pg says in words only, with what the message begins with. */
export const IN_WORDS: readonly (readonly [beginning: string, Translation])[] = [
  ['SASL: ', LOGIN],
  ['The server does not support SSL', NO_TLS],
  ['timeout expired', { ...UNREACHABLE, message: 'The server did not take the connection in time' }],
  ['Connection terminated', LOST],
];
