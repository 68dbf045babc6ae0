import { postgres } from '@pandakv/engine-postgres';
import { startServer } from '@pandakv/testbed';
import pg from 'pg';
import type { Place, RawStore, RawTwoPhase, Row, Side } from './raw-store.js';

const CREATE = 'CREATE TABLE IF NOT EXISTS raw (k bytea PRIMARY KEY, v bytea NOT NULL)';
const PUT = { name: 'put', text: 'INSERT INTO raw (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = EXCLUDED.v' };
const GET = { name: 'get', text: 'SELECT v FROM raw WHERE k = $1' };
const SCAN = { name: 'scan', text: 'SELECT k, v FROM raw WHERE k >= $1 ORDER BY k LIMIT $2' };

interface Found {
  readonly k: Buffer;
  readonly v: Buffer;
}

/** pg against PostgreSQL, with prepared statements. */
export async function openPostgresSide(): Promise<Side> {
  // PREPARE TRANSACTION is off unless the server allows for some.
  const settings = { max_prepared_transactions: '10' };
  const servers = await Promise.all([startServer('postgres', { settings }), startServer('postgres', { settings })]);
  const urls = await Promise.all(servers.map((server) => server.createDatabase('bench')));
  return {
    name: 'postgres',
    twoPhaseText: 'PREPARE TRANSACTION over two servers',
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
    engine: (name, connections) => postgres({ url, table: name, connections }),
  };
}

async function openRaw(url: string, connections: number): Promise<RawStore> {
  const pool = new pg.Pool({ connectionString: url, max: connections });
  await pool.query(CREATE);
  return {
    put: (key, value) => pool.query({ ...PUT, values: [key, value] }),
    get: async (key) => (await pool.query<Found>({ ...GET, values: [key] })).rows[0]?.v,
    scan: async (start, limit) => {
      const { rows } = await pool.query<Found>({ ...SCAN, values: [start, limit] });
      let bytes = 0;
      for (const { k, v } of rows) bytes += k.length + v.length;
      return { rows: rows.length, bytes };
    },
    close: () => pool.end(),
  };
}

async function openTwoPhase(urlA: string, urlB: string): Promise<RawTwoPhase> {
  const clients = [urlA, urlB].map((connectionString) => new pg.Client({ connectionString }));
  await Promise.all(clients.map((client) => client.connect()));
  await Promise.all(clients.map((client) => client.query(CREATE)));
  let number = 0;
  const prepare = async (client: pg.Client, id: string, { key, value }: Row): Promise<void> => {
    await client.query('BEGIN');
    await client.query({ ...PUT, values: [key, value] });
    await client.query(`PREPARE TRANSACTION '${id}'`);
  };
  return {
    put: async (a, b) => {
      const id = `bench${number++}`;
      await Promise.all([prepare(clients[0]!, id, a), prepare(clients[1]!, id, b)]);
      await Promise.all(clients.map((client) => client.query(`COMMIT PREPARED '${id}'`)));
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
}
