import { GuardMismatch, PandaError, type ErrorCode } from '@pandakv/core/engine';

interface Translation {
  readonly code: ErrorCode;
  readonly message: string;
  /** What it means before the store is open, where that differs: mostly that the options are wrong. */
  readonly opening?: ErrorCode;
}

const unavailable = (message: string): Translation => ({ code: 'ShardUnavailable', message });
const wrongOptions = (message: string): Translation => ({ code: 'ShardUnavailable', message, opening: 'InvalidArgument' });
const damaged = (message: string): Translation => ({ code: 'Corruption', message });

const DENIED = wrongOptions('The server refused the user or the password');
const NOT_PERMITTED = wrongOptions('The user lacks a privilege');
const NO_TLS = wrongOptions('The server does not offer TLS');
const UNTRUSTED = unavailable('TLS could not be set up, or the certificate of the server was not accepted');
const LOST = unavailable('The connection to the server was lost');
const UNREACHABLE = unavailable('The server cannot be reached');
const CROWDED = unavailable('The server takes no more connections');
const TIMED_OUT = unavailable('The server did not answer in time');
const INTERRUPTED = unavailable('The server interrupted the statement');
const STOPPING = unavailable('The server is shutting down');
const LOCKED = unavailable('A lock of another transaction was in the way');
const FULL = unavailable('The server has no space left');
const READ_ONLY = unavailable('The server is read-only');
const PACKET = unavailable('The server refused a packet of this size: its max_allowed_packet was lowered');
const FAILED = unavailable('The server failed a request');
const GONE = damaged('The table or its database is gone');
const ALTERED = damaged('The table was altered');
const BROKEN = damaged('The server found damage in the table');
const UNFIT = wrongOptions('The server cannot hold the table: its innodb_page_size must be at least 16 KiB');

/** Error numbers of MySQL and MariaDB. */
const BY_NUMBER: Readonly<Record<number, Translation>> = {
  1020: LOCKED, // ER_CHECKREAD
  1021: FULL, // ER_DISK_FULL
  1034: BROKEN, // ER_NOT_KEYFILE
  1035: BROKEN, // ER_OLD_KEYFILE
  1036: READ_ONLY, // ER_OPEN_AS_READONLY
  1040: CROWDED, // ER_CON_COUNT_ERROR
  1044: DENIED, // ER_DBACCESS_DENIED_ERROR
  1045: DENIED, // ER_ACCESS_DENIED_ERROR
  1049: { ...GONE, opening: 'InvalidArgument' }, // ER_BAD_DB_ERROR
  1053: STOPPING, // ER_SERVER_SHUTDOWN
  1054: ALTERED, // ER_BAD_FIELD_ERROR
  1071: UNFIT, // ER_TOO_LONG_KEY
  1077: STOPPING, // ER_NORMAL_SHUTDOWN
  1079: STOPPING, // ER_SHUTDOWN_COMPLETE
  1114: FULL, // ER_RECORD_FILE_FULL
  1129: wrongOptions('The server has blocked this host'), // ER_HOST_IS_BLOCKED
  1130: DENIED, // ER_HOST_NOT_PRIVILEGED
  1142: NOT_PERMITTED, // ER_TABLEACCESS_DENIED_ERROR
  1143: NOT_PERMITTED, // ER_COLUMNACCESS_DENIED_ERROR
  1146: GONE, // ER_NO_SUCH_TABLE
  1152: LOST, // ER_ABORTING_CONNECTION
  1153: PACKET, // ER_NET_PACKET_TOO_LARGE
  1159: LOST, // ER_NET_READ_INTERRUPTED
  1161: LOST, // ER_NET_WRITE_INTERRUPTED
  1184: LOST, // ER_NEW_ABORTING_CONNECTION
  1194: BROKEN, // ER_CRASHED_ON_USAGE
  1195: BROKEN, // ER_CRASHED_ON_REPAIR
  1203: CROWDED, // ER_TOO_MANY_USER_CONNECTIONS
  1205: LOCKED, // ER_LOCK_WAIT_TIMEOUT
  1213: LOCKED, // ER_LOCK_DEADLOCK
  1226: CROWDED, // ER_USER_LIMIT_REACHED
  1227: NOT_PERMITTED, // ER_SPECIFIC_ACCESS_DENIED_ERROR
  1251: DENIED, // ER_NOT_SUPPORTED_AUTH_MODE
  1290: READ_ONLY, // ER_OPTION_PREVENTS_STATEMENT
  1317: INTERRUPTED, // ER_QUERY_INTERRUPTED
  1524: DENIED, // ER_PLUGIN_IS_NOT_LOADED
  1665: wrongOptions('The binary log must not be of the format STATEMENT'), // ER_BINLOG_STMT_MODE_AND_ROW_ENGINE
  1698: DENIED, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
  1712: BROKEN, // ER_INDEX_CORRUPT
  1792: READ_ONLY, // ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
  1820: DENIED, // ER_MUST_CHANGE_PASSWORD
  1836: READ_ONLY, // ER_READ_ONLY_MODE
  1862: DENIED, // ER_MUST_CHANGE_PASSWORD_LOGIN
  1874: READ_ONLY, // ER_INNODB_READ_ONLY
  1877: BROKEN, // ER_TABLE_CORRUPT
  1927: LOST, // ER_CONNECTION_KILLED
  1932: GONE, // ER_NO_SUCH_TABLE_IN_ENGINE
  1969: INTERRUPTED, // ER_STATEMENT_TIMEOUT
  3024: INTERRUPTED, // ER_QUERY_TIMEOUT
  3118: DENIED, // ER_ACCOUNT_HAS_BEEN_LOCKED
  3159: wrongOptions('The server takes connections with TLS only'), // ER_SECURE_TRANSPORT_REQUIRED
  4031: LOST, // ER_CLIENT_INTERACTION_TIMEOUT
  4151: DENIED, // ER_ACCOUNT_HAS_BEEN_LOCKED of MariaDB
};

/** Codes of the driver and of the operating system. */
const BY_CODE: Readonly<Record<string, Translation>> = {
  AUTH_SWITCH_PLUGIN_ERROR: DENIED,
  HANDSHAKE_NO_SSL_SUPPORT: NO_TLS,
  HANDSHAKE_SSL_ERROR: UNTRUSTED,
  PROTOCOL_CONNECTION_LOST: LOST,
  ECONNRESET: LOST,
  EPIPE: LOST,
  ECONNREFUSED: UNREACHABLE,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOENT: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EAI_AGAIN: UNREACHABLE,
  EACCES: UNREACHABLE,
  ETIMEDOUT: TIMED_OUT,
};

/**
 * What an engine call fails with, for what the server or the driver failed with. `GuardMismatch`, errors of ours and
 * TypeErrors (bugs) stay as they are; of the rest only the number or the code decides, and the original is the `cause`. What
 * no table knows is `ShardUnavailable`: its outcome is unknown.
 */
export function toPandaError(error: unknown): unknown {
  if (isOurs(error)) return error;
  const { code, message } = translate(error);
  return new PandaError(code, message, { cause: error });
}

/**
 * As {@link toPandaError}, for opening: there, a user or a database that the server refuses is a mistake in the options.
 *
 * @param place for people: where the store is
 */
export function toOpenError(error: unknown, place: string): unknown {
  if (isOurs(error)) return error;
  const { code, message, opening = code } = translate(error);
  return new PandaError(opening, `${message}: ${place}`, { cause: error });
}

/** The server's own number of an error; the driver's and the operating system's have none, or a negative one. */
export function numberOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errno } = error as { errno?: unknown };
  return typeof errno === 'number' && errno > 0 ? errno : undefined;
}

function isOurs(error: unknown): boolean {
  return PandaError.is(error) || GuardMismatch.is(error) || error instanceof TypeError;
}

function translate(error: unknown): Translation {
  const number = numberOf(error);
  if (number !== undefined) return BY_NUMBER[number] ?? FAILED;
  const { code } = (error ?? {}) as { code?: unknown };
  return (typeof code === 'string' ? BY_CODE[code] : undefined) ?? FAILED;
}
