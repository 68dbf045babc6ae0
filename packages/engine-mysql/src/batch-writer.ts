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

/** The next batch waits for it. */
const PREPARING_MS_MAX = 1_000;

/**
 * Writes batches, each as one transaction, which is nearly always one query and so one trip. A connection that is in a
 * transaction is not given back to the pool: after a guard that does not hold it is rolled back first, after any other
 * failure broken.
 */
export class BatchWriter {
  readonly #pool: ConnectionPool;
  readonly #table: string;
  readonly #uses = new Map<string, number>();
  #preparing: Promise<void> | undefined;

  constructor(pool: ConnectionPool, table: string) {
    this.#pool = pool;
    this.#table = table;
  }

  /**
   * @param behind runs what is to be done behind the answer
   * @throws GuardMismatch
   */
  async write(batch: WriteBatch, behind: (work: () => Promise<void>) => void): Promise<void> {
    // Not beside it, on another connection: that would have to be prepared too.
    if (this.#preparing !== undefined) await this.#preparing;
    const prepared = preparedBatchOf(batch, this.#table);
    let isKnown = true;
    const holds = await this.#pool.use((connection) => {
      isKnown = prepared !== undefined && connection.hasPrepared(prepared.sql);
      return isKnown ? writePrepared(connection, prepared!) : writeText(connection, this.#table, batch);
    }, true);
    if (!holds) throw new GuardMismatch();
    if (!isKnown && prepared !== undefined && this.#isWorthPreparing(prepared.sql)) behind(() => this.#prepare(prepared.sql));
  }

  /** On the connection that is lent next, which is mostly the one that was used last. Where it fails, batches go on as text. */
  async #prepare(sql: string): Promise<void> {
    // Counted again from far below, should it fail: each failure costs a connection.
    this.#uses.set(sql, -USES_AFTER_FAILURE);
    const preparing = this.#pool.use(async (connection) => {
      if (!connection.hasPrepared(sql)) await connection.prepare(sql, PREPARING_MS_MAX);
    }, true);
    const end = (): void => {
      this.#preparing = undefined;
    };
    this.#preparing = preparing.then(end, end);
    await preparing;
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
