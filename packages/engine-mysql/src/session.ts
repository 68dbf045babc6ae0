/**
 * What every connection sets before its first use, so that nothing depends on how the server is configured, in one query:
 * - bytes are bytes: no character set, no collation
 * - READ COMMITTED: a read sees the last commit, a write locks no gaps, and no snapshot is held against it
 * - a NULL where none may be is an error: that is how a write reports its guard
 * - COMMIT ends a transaction, and begins no other
 * - no limit of rows or of sorted bytes that nobody asked for
 * - a lock that cannot be had is given up before the client gives up
 *
 * What only one of the two knows stands in comments that only that one reads.
 */
export function sessionSql(requestTimeoutMs: number): string {
  const lockSeconds = Math.max(1, Math.floor(requestTimeoutMs / 2_000));
  return (
    `SET NAMES 'binary', autocommit=1, SESSION sql_mode='STRICT_ALL_TABLES', time_zone='+00:00', completion_type=0, ` +
    `sql_select_limit=18446744073709551615, sql_safe_updates=0, sql_big_selects=1, max_sort_length=8192, ` +
    `innodb_lock_wait_timeout=${lockSeconds}, lock_wait_timeout=${lockSeconds} ` +
    `/*M!100300 , in_predicate_conversion_threshold=0 */;` +
    `SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;` +
    `SELECT @@max_allowed_packet AS packet`
  );
}

/** How many statements that is. */
export const SESSION_STATEMENTS = 3;

/**
 * How long a server keeps a transaction of several queries whose client has gone without a word, in seconds. It holds the
 * guard's lock all that time.
 */
export const ABANDONED_SECONDS = 30;

/** The least `max_allowed_packet`: the greatest value takes 8 MiB as a literal. MariaDB's default. */
export const PACKET_BYTES_MIN = 16 * 1024 * 1024;
