import { GuardMismatch, PandaError, type WriteBatch } from '@pandakv/core/engine';
import { queriesOf } from './batch-queries.js';
import type { ConnectionPool } from './connection-pool.js';
import { numberOf } from './error-map.js';
import type { Answer, ServerConnection } from './server-connection.js';

/** What a packet holds beside the rows: the statements around them. */
const PACKET_MARGIN_BYTES = 64 * 1024;

/** However large the packets that the server takes: a query is in memory several times, here and there. */
const QUERY_BYTES_MAX = 16 * 1024 * 1024;

const ER_BAD_NULL_ERROR = 1048;

/** In the status of an answer: a transaction is open. */
const SERVER_STATUS_IN_TRANS = 1;

/**
 * Writes a batch as one transaction, which is nearly always one query and so one trip. A connection that is in a transaction
 * is not given back to the pool: after a guard that does not hold it is rolled back first, after any other failure broken.
 *
 * @throws GuardMismatch
 */
export async function applyBatch(pool: ConnectionPool, table: string, batch: WriteBatch): Promise<void> {
  const holds = await pool.use((connection) => write(connection, table, batch), true);
  if (!holds) throw new GuardMismatch();
}

/** @returns false when the guard does not hold, and nothing has changed */
async function write(connection: ServerConnection, table: string, batch: WriteBatch): Promise<boolean> {
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
