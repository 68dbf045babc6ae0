import pg from 'pg';
import { CONNECT_MS, type Client } from './client.js';

async function withConnection<T>(url: string, use: (connection: pg.Client) => Promise<T>): Promise<T> {
  const connection = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  // Its end during a statement is that statement's error.
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    return await use(connection);
  } finally {
    await connection.end();
  }
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export const postgresClient: Client = {
  version: (url) =>
    withConnection(url, async (connection) => {
      const { rows } = await connection.query<{ server_version: string }>('SHOW server_version');
      return `PostgreSQL ${rows[0]!.server_version}`;
    }),
  createDatabase: (url, name) =>
    withConnection(url, async (connection) => {
      await connection.query(`CREATE DATABASE ${quoted(name)}`);
    }),
  dropDatabase: (url, name) =>
    withConnection(url, async (connection) => {
      await connection.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`);
    }),
};
