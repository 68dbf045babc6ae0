import { mysql } from '@pandakv/engine-mysql';
import { startServer, type ServerKind } from '@pandakv/testbed';
import { createConnection, createPool, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { Place, RawStore, RawTwoPhase, Row, Side } from './raw-store.js';

const CREATE = 'CREATE TABLE IF NOT EXISTS raw (k VARBINARY(255) PRIMARY KEY, v MEDIUMBLOB NOT NULL) ENGINE=InnoDB';
const PUT = 'INSERT INTO raw (k, v) VALUES (?, ?) ON DUPLICATE KEY UPDATE v = VALUES(v)';
const GET = 'SELECT v FROM raw WHERE k = ?';
const SCAN = 'SELECT k, v FROM raw WHERE k >= ? ORDER BY k LIMIT ';

/** mysql2 against MariaDB (or MySQL), with prepared statements. */
export async function openMysqlSide(kind: ServerKind): Promise<Side> {
  const servers = await Promise.all([startServer(kind), startServer(kind)]);
  const urls = await Promise.all(servers.map((server) => server.createDatabase('bench')));
  return {
    name: kind,
    twoPhaseText: 'XA over two servers',
    places: [placeOf(urls[0]!), placeOf(urls[1]!)],
    openTwoPhase: () => openTwoPhase(urls[0]!, urls[1]!),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

function placeOf(url: string): Place {
  return {
    openRaw: (connections) => openRaw(url, connections),
    engine: (name, connections) => mysql({ url, table: name, connections }),
  };
}

async function openRaw(url: string, connections: number): Promise<RawStore> {
  const pool = createPool({ uri: url, connectionLimit: connections });
  await pool.query(CREATE);
  return {
    put: (key, value) => pool.execute(PUT, [key, value]),
    get: async (key) => {
      const [rows] = await pool.execute<RowDataPacket[]>(GET, [key]);
      return rows[0]?.['v'] as Buffer | undefined;
    },
    scan: async (start, limit) => {
      const [rows] = await pool.execute<RowDataPacket[]>(SCAN + String(limit), [start]);
      let bytes = 0;
      for (const row of rows) bytes += (row['k'] as Buffer).length + (row['v'] as Buffer).length;
      return { rows: rows.length, bytes };
    },
    close: () => pool.end(),
  };
}

async function openTwoPhase(urlA: string, urlB: string): Promise<RawTwoPhase> {
  const connections = await Promise.all([urlA, urlB].map((uri) => createConnection({ uri })));
  await Promise.all(connections.map((connection) => connection.query(CREATE)));
  let number = 0;
  const prepare = async (connection: Connection, id: string, { key, value }: Row): Promise<void> => {
    await connection.query(`XA START '${id}'`);
    await connection.execute(PUT, [key, value]);
    await connection.query(`XA END '${id}'`);
    await connection.query(`XA PREPARE '${id}'`);
  };
  return {
    put: async (a, b) => {
      const id = `bench${number++}`;
      const [onA, onB] = [connections[0]!, connections[1]!];
      await Promise.all([prepare(onA, id, a), prepare(onB, id, b)]);
      await Promise.all(connections.map((connection) => connection.query(`XA COMMIT '${id}'`)));
    },
    close: async () => {
      await Promise.all(connections.map((connection) => connection.end()));
    },
  };
}
