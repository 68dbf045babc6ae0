import { PandaError, SPI_LIMITS } from '@pandakv/core/engine';
import type { RowDataPacket } from 'mysql2';
import { literalOf } from './bytes.js';
import type { ServerConnection } from './server-connection.js';
import type { Settings } from './settings.js';

/** The layout that this version writes, and the newest that it reads. */
const FORMAT = 1;

/** The comment of a table says that it is a store of this engine. It comes into being with the table, in one step. */
const MARKER_START = 'panda engine-mysql format ';

const KEY_TYPE = `varbinary(${SPI_LIMITS.keyBytesMax})`;
const VALUE_TYPE = 'mediumblob';

/** What the server says of a table of that name. */
interface TableFacts {
  readonly comment: string;
  /** The storage engine, and the columns with their types: `innodb k varbinary(2600) PRI, v mediumblob `. */
  readonly shape: string;
}

/**
 * Makes the table where none is, and checks the one that is there.
 *
 * @throws PandaError `InvalidArgument` for a table that is not ours, or of a newer format; `Corruption` for one of ours that was
 *   altered. Neither is touched.
 */
export async function openTable(connection: ServerConnection, { table, place }: Settings): Promise<void> {
  let facts = await readFacts(connection, table);
  if (facts === undefined) {
    // Another process may have been faster: then nothing happens here.
    await connection.query(creationSql(table), 1);
    facts = await readFacts(connection, table);
  }
  if (facts === undefined) throw new PandaError('ShardUnavailable', `The table vanished while it was being opened: ${place}`);
  checkFacts(facts, place);
}

function creationSql(table: string): string {
  return (
    `CREATE TABLE IF NOT EXISTS \`${table}\` (k ${KEY_TYPE} NOT NULL, v ${VALUE_TYPE} NOT NULL, PRIMARY KEY (k)) ` +
    `ENGINE=InnoDB ROW_FORMAT=DYNAMIC COMMENT='${MARKER_START}${FORMAT}'`
  );
}

async function readFacts(connection: ServerConnection, table: string): Promise<TableFacts | undefined> {
  const where = `WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ${literalOf(Buffer.from(table))}`;
  const [tables, columns] = (await connection.query(
    `SELECT TABLE_COMMENT AS comment, ENGINE AS engine FROM information_schema.TABLES ${where};` +
      `SELECT COLUMN_NAME AS name, COLUMN_TYPE AS type, COLUMN_KEY AS part FROM information_schema.COLUMNS ${where} ` +
      `ORDER BY ORDINAL_POSITION`,
    2,
  )) as [RowDataPacket[], RowDataPacket[]];
  const [row] = tables;
  if (row === undefined) return undefined;
  const described = columns.map(({ name, type, part }) => `${String(name)} ${String(type)} ${String(part)}`);
  return { comment: String(row['comment']), shape: `${String(row['engine'])} ${described.join(', ')}`.toLowerCase() };
}

function checkFacts({ comment, shape }: TableFacts, place: string): void {
  if (!comment.startsWith(MARKER_START)) {
    throw new PandaError('InvalidArgument', `This table exists, and is not a store of Panda's: ${place}`);
  }
  const digits = comment.slice(MARKER_START.length);
  if (!/^[1-9]\d{0,8}$/.test(digits)) throw new PandaError('Corruption', `The comment of the table names no format: ${place}`);
  if (Number(digits) > FORMAT) {
    throw new PandaError('InvalidArgument', `This store has format ${digits}, this version reads up to ${FORMAT}: ${place}`);
  }
  if (shape !== `innodb k ${KEY_TYPE} pri, v ${VALUE_TYPE} `)
    throw new PandaError('Corruption', `The table was altered: ${place}`);
}
