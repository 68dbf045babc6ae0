import { GuardMismatch, PandaError, type WriteBatch } from '@pandakv/core/engine';
import { queriesOf } from './batch-queries.js';
import type { ConnectionPool } from './connection-pool.js';
import { numberOf } from './error-map.js';
import { preparedBatchOf, type PreparedBatch } from './prepared-batch.js';
import type { Answer, ServerConnection } from './server-connection.js';

/** What a packet holds beside the rows: the statements around them. */
const PACKET_MARGIN_BYTES = 64 * 1024;

/** However large the packets that the server takes: a query is in memory several times, here and there. */
const QUERY_BYTES_MAX = 16 * 1024 * 1024;

const ER_BAD_NULL_ERROR = 1048;

/** In the status of an answer: a transaction is open. */
const SERVER_STATUS_IN_TRANS = 1;

/** How often a statement was sent as text before it is prepared, which is a trip; a size that is rare is not worth it. */
const USES_BEFORE_PREPARING = 3;
const USES_AFTER_FAILURE = 1_000;

/**
 * Writes batches, each as one transaction, which is nearly always one query and so one trip. A connection that is in a
 * transaction is not given back to the pool: after a guard that does not hold it is rolled back first, after any other
 * failure broken.
 */
export class BatchWriter {
  readonly #pool: ConnectionPool;
  readonly #table: string;
  readonly #uses = new Map<string, number>();

  constructor(pool: ConnectionPool, table: string) {
    this.#pool = pool;
    this.#table = table;
  }

  /**
   * @returns a statement worth preparing before the next batch, behind the answer to this one
   * @throws GuardMismatch
   */
  async write(batch: WriteBatch): Promise<string | undefined> {
    const prepared = preparedBatchOf(batch, this.#table);
    let wasText = true;
    const holds = await this.#pool.use((connection) => {
      wasText = prepared === undefined || !connection.hasPrepared(prepared.sql);
      return wasText ? writeText(connection, this.#table, batch) : writePrepared(connection, prepared!);
    }, true);
    if (!holds) throw new GuardMismatch();
    return wasText && prepared !== undefined && this.#isWorthPreparing(prepared.sql) ? prepared.sql : undefined;
  }

  /** On the connection that is lent next, which is mostly the one that was used last. */
  async prepare(sql: string): Promise<void> {
    // Counted again from far below, should this fail: each failure costs a connection.
    this.#uses.set(sql, -USES_AFTER_FAILURE);
    await this.#pool.use(async (connection) => {
      if (!connection.hasPrepared(sql)) await connection.prepare(sql);
    });
    this.#uses.set(sql, USES_BEFORE_PREPARING);
  }

  #isWorthPreparing(sql: string): boolean {
    const uses = (this.#uses.get(sql) ?? 0) + 1;
    this.#uses.set(sql, uses);
    return uses > USES_BEFORE_PREPARING;
  }
}

async function writePrepared(connection: ServerConnection, { sql, values }: PreparedBatch): Promise<boolean> {
  try {
    checkEnded([await connection.execute(sql, values)]);
    return true;
  } catch (error) {
    if (numberOf(error) === ER_BAD_NULL_ERROR) return false;
    throw error;
  }
}

/** @returns false when the guard does not hold, and nothing has changed */
async function writeText(connection: ServerConnection, table: string, batch: WriteBatch): Promise<boolean> {
  const queryBytesMax = Math.min(connection.packetBytesMax, QUERY_BYTES_MAX) - PACKET_MARGIN_BYTES;
  const { queries, guardStatement } = queriesOf(batch, table, queryBytesMax);
  let answers: readonly Answer[] = [];
  for (const [i, { sql, statements }] of queries.entries()) {
    try {
      answers = await connection.query(sql, statements);
    } catch (error) {
      if (i > 0 || !isMismatch(error, connection, guardStatement)) throw error;
      if (statements > 1) checkEnded(await connection.query('ROLLBACK', 1));
      return false;
    }
  }
  checkEnded(answers);
  return true;
}

function isMismatch(error: unknown, { statementsDone }: ServerConnection, guardStatement: number | undefined): boolean {
  return statementsDone === guardStatement && numberOf(error) === ER_BAD_NULL_ERROR;
}

/** The server itself says with every answer whether a transaction is open. */
function checkEnded(answers: readonly Answer[]): void {
  const last = answers.at(-1);
  if (last === undefined || (!Array.isArray(last) && (last.serverStatus & SERVER_STATUS_IN_TRANS) === 0)) return;
  throw new PandaError('ShardUnavailable', 'The server did not end the transaction');
}
