import { checkHistory, type AnomalyType, type CheckResult, type ConsistencyModel } from '@pandakv/history';
import { hasMysql, sharedServer } from '@pandakv/testbed';
import { expect } from 'chai';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Client } from 'pg';
import { typesOf } from './support/histories.js';
import { Random, seedOf } from './support/random.js';
import { recordLists, type SqlSession } from './support/sql-lists.js';

const SESSIONS = 8;
const TRANSACTIONS = 200;
/** How often a history is made before an anomaly that is allowed is given up on. */
const ROUNDS = 10;

/** Serialization failure; deadlock. */
const POSTGRES_ROLLBACKS = ['40001', '40P01'];
/** Deadlock; lock wait timeout; record has changed. */
const MYSQL_ROLLBACKS = [1213, 1205, 1020];

function propertyOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? (error as Readonly<Record<string, unknown>>)[name] : undefined;
}

async function postgresSession(url: string): Promise<SqlSession> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    query: async (sql) => (await client.query<{ v?: string }>(sql)).rows,
    isRollback: (error) => POSTGRES_ROLLBACKS.includes(String(propertyOf(error, 'code'))),
    close: () => client.end(),
  };
}

async function mysqlSession(url: string): Promise<SqlSession> {
  const connection = await createConnection(url);
  return {
    query: async (sql) => {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return Array.isArray(rows) ? (rows as { v?: string }[]) : [];
    },
    isRollback: (error) => MYSQL_ROLLBACKS.includes(Number(propertyOf(error, 'errno'))),
    close: () => connection.end(),
  };
}

interface Database {
  readonly url: string;
  readonly connect: (url: string) => Promise<SqlSession>;
  readonly begin: readonly string[];
  readonly append: (key: number, value: number) => string;
}

function postgres(url: string, level: string): Database {
  return {
    url,
    connect: postgresSession,
    begin: [`BEGIN ISOLATION LEVEL ${level}`],
    append: (key, value) => `UPDATE lists SET v = v || '${value} ' WHERE k = ${key}`,
  };
}

function mysql(url: string, level: string): Database {
  return {
    url,
    connect: mysqlSession,
    begin: [`SET TRANSACTION ISOLATION LEVEL ${level}`, 'START TRANSACTION'],
    append: (key, value) => `UPDATE lists SET v = CONCAT(v, '${value} ') WHERE k = ${key}`,
  };
}

/** Judges histories of the database until each of the expected anomalies was met, or enough were made. */
async function judge(
  { url, connect, begin, append }: Database,
  expected: readonly AnomalyType[],
  seed: number,
): Promise<{ found: Set<AnomalyType>; results: CheckResult[] }> {
  const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => connect(url)));
  const found = new Set<AnomalyType>();
  const results: CheckResult[] = [];
  try {
    await sessions[0]!.query('CREATE TABLE lists (k INT PRIMARY KEY, v TEXT NOT NULL)');
    for (let round = 0; round === 0 || (round < ROUNDS && !expected.every((type) => found.has(type))); round++) {
      const keys = [0, 1, 2].map((key) => 3 * round + key);
      for (const key of keys) await sessions[0]!.query(`INSERT INTO lists VALUES (${key}, '')`);
      const workload = { begin, append, keys, transactions: TRANSACTIONS };
      const operations = await recordLists(sessions, workload, new Random(seed + round));
      const result = checkHistory(operations, { model: 'list-append' });
      expect(result.transactions.ok).to.be.greaterThan(TRANSACTIONS / 10);
      for (const type of typesOf(result)) found.add(type);
      results.push(result);
    }
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
  return { found, results };
}

function expectNotRuledOut(results: readonly CheckResult[], model: ConsistencyModel): void {
  for (const { not, alsoNot } of results) expect([...not, ...alsoNot]).not.to.include(model);
}

describe('histories of databases at weak isolation levels', () => {
  before(async function startServers() {
    this.timeout(300_000);
    await sharedServer('postgres');
    await sharedServer(hasMysql() ? 'mysql' : 'mariadb');
  });

  it('PostgreSQL at READ COMMITTED: lost updates and read skew, but no dirty reads or writes', async () => {
    const database = postgres(await (await sharedServer('postgres')).createDatabase(), 'READ COMMITTED');
    const expected = ['lost-update', 'G-single', 'fractured-read', 'internal'] as const;
    const { found, results } = await judge(database, expected, seedOf('READ COMMITTED'));
    expect([...found]).to.include.members([...expected]);
    expectNotRuledOut(results, 'read-committed');
  });

  it('PostgreSQL at REPEATABLE READ: write skew, and nothing that snapshot isolation excludes', async () => {
    const database = postgres(await (await sharedServer('postgres')).createDatabase(), 'REPEATABLE READ');
    const { found, results } = await judge(database, ['G2-item'], seedOf('REPEATABLE READ'));
    expect([...found]).to.include('G2-item');
    expect([...found]).not.to.include('long-fork');
    expectNotRuledOut(results, 'strong-snapshot-isolation');
  });

  it('PostgreSQL at SERIALIZABLE: nothing', async () => {
    const database = postgres(await (await sharedServer('postgres')).createDatabase(), 'SERIALIZABLE');
    const { results } = await judge(database, [], seedOf('SERIALIZABLE'));
    expectNotRuledOut(results, 'serializable');
  });

  it('MySQL or MariaDB at REPEATABLE READ: lost updates and read skew, but no dirty reads or writes', async () => {
    const server = await sharedServer(hasMysql() ? 'mysql' : 'mariadb');
    const expected = ['lost-update', 'G-single'] as const;
    const { found, results } = await judge(mysql(await server.createDatabase(), 'REPEATABLE READ'), expected, seedOf('MySQL'));
    expect([...found]).to.include.members([...expected]);
    expectNotRuledOut(results, 'read-committed');
  });
});
