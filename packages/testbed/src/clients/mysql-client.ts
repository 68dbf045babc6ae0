import mysql, { type Connection, type RowDataPacket } from 'mysql2/promise';
import { CONNECT_MS, type Client } from './client.js';

async function withConnection<T>(url: string, use: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: CONNECT_MS });
  // Its end during a statement is that statement's error.
  connection.on('error', () => undefined);
  try {
    return await use(connection);
  } finally {
    connection.destroy();
  }
}

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** MySQL and MariaDB. */
export const mysqlClient: Client = {
  version: (url) =>
    withConnection(url, async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
      return String(rows[0]?.['version']);
    }),
  createDatabase: (url, name) =>
    withConnection(url, async (connection) => {
      await connection.query(`CREATE DATABASE ${quoted(name)}`);
    }),
  dropDatabase: (url, name) =>
    withConnection(url, async (connection) => {
      await connection.query(`DROP DATABASE IF EXISTS ${quoted(name)}`);
    }),
};
