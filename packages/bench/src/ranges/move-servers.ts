import { openDatabase } from '@pandakv/core';
import { mysql } from '@pandakv/engine-mysql';
import { postgres } from '@pandakv/engine-postgres';
import { startServer } from '@pandakv/testbed';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import pg from 'pg';
import { scaled, type Benchmark, type BenchmarkContext, type Comparison } from '../benchmark.js';
import { timeOf } from '../measure/index.js';
import { fill, moveComparisons, verifyRows } from './rows.js';

const ROWS = 1_000_000;
const PAGE_ROWS = 10_000;

/** A move of an idle range from MariaDB to PostgreSQL, against a copy of the same rows by the drivers. */
export const moveServers: Benchmark = { name: 'moveServers', run };

async function run({ scale }: BenchmarkContext): Promise<Comparison[]> {
  const rows = scaled(ROWS, scale, 1_000);
  const servers = await Promise.all([startServer('mariadb'), startServer('postgres')]);
  try {
    const [from, to] = (await Promise.all(servers.map((server) => server.createDatabase('bench')))) as [string, string];
    const panda = await openDatabase({
      shards: [
        { id: 'from', engine: mysql({ url: from, table: 'panda' }) },
        { id: 'to', engine: postgres({ url: to, table: 'panda' }) },
      ],
      splits: [{ key: 'z', shard: 'to' }],
    });
    try {
      await fill(panda, rows);
      const offlineMs = await copyOffline(from, to);
      const tookMs = await timeOf(() => panda.move({ end: 'z' }, 'to'));
      await verifyRows(panda, rows);
      return moveComparisons('moveServers', 'move MariaDB → PostgreSQL', rows, tookMs, 'copy by mysql2 and pg', offlineMs);
    } finally {
      await panda.close();
    }
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

/** Every row of the table to a new one on the other server, page by page. */
async function copyOffline(from: string, to: string): Promise<number> {
  const source = await createConnection({ uri: from });
  const destination = new pg.Client({ connectionString: to });
  await destination.connect();
  try {
    await destination.query('CREATE TABLE copy (k bytea PRIMARY KEY, v bytea NOT NULL)');
    return await timeOf(async () => {
      for (let last: Buffer = Buffer.alloc(0); ;) {
        const [page] = await source.query<RowDataPacket[]>(`SELECT k, v FROM panda WHERE k > ? ORDER BY k LIMIT ${PAGE_ROWS}`, [
          last,
        ]);
        if (page.length === 0) return;
        const columns = [page.map((row) => row['k'] as Buffer), page.map((row) => row['v'] as Buffer)];
        await destination.query('INSERT INTO copy SELECT * FROM unnest($1::bytea[], $2::bytea[])', columns);
        last = columns[0]!.at(-1)!;
      }
    });
  } finally {
    await Promise.all([source.end(), destination.end()]);
  }
}
