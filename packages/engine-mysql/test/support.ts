import { PandaError, type Engine, type EngineScanOptions, type Entry, type ErrorCode, type KeyRange } from '@pandakv/core/engine';
import { plugin, type MysqlOptions } from '@pandakv/engine-mysql';
import { hasMysql, sharedServer, startServer, type Server, type ServerKind, type ServerOptions } from '@pandakv/testbed';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';

/** Every server that the engine is for. */
export const KINDS: readonly ServerKind[] = hasMysql() ? ['mariadb', 'mysql'] : ['mariadb'];

export const EVERYTHING: KeyRange = { start: new Uint8Array(0) };
export const ALL: EngineScanOptions = { limit: Infinity, maxBytes: Infinity };

export const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
export const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('hex');
export const hexRows = (entries: readonly Entry[]): string[][] => entries.map(([key, value]) => [hex(key)!, hex(value)!]);

/** A seed for random tests: of the environment, to replay one, or new. */
export const SEED = process.env['PANDA_SEED'] === undefined ? Date.now() % 2 ** 31 : Number(process.env['PANDA_SEED']);

export async function get(engine: Engine, key: Uint8Array): Promise<Uint8Array | undefined> {
  return (await engine.get([key]))[0];
}

export async function scanAll(engine: Engine, range = EVERYTHING): Promise<readonly Entry[]> {
  return (await engine.scan(range, ALL)).entries;
}

/** Asserts that it fails with a PandaError of that code, and returns it. */
export async function expectCode(code: ErrorCode, work: () => unknown): Promise<PandaError> {
  try {
    await work();
  } catch (error) {
    if (!PandaError.is(error, code)) throw error;
    return error;
  }
  throw new Error(`It did not fail with ${code}`);
}

const closing: (() => Promise<unknown>)[] = [];

/** Closes it when the test is over, however the test ends. */
export function closeLater<T extends { close(): Promise<unknown> }>(closable: T): T {
  closing.push(() => closable.close());
  return closable;
}

/** To be called after every test. */
export async function cleanUp(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** Connection string of a new, empty database on the shared server. */
export async function newDatabase(kind: ServerKind): Promise<string> {
  return (await sharedServer(kind)).createDatabase();
}

/** A server of the test's own, with settings of its own. */
export async function ownServer(kind: ServerKind, settings: Required<ServerOptions>['settings'] = {}): Promise<Server> {
  return closeLater(await startServer(kind, { settings }));
}

export async function open(options: MysqlOptions): Promise<Engine> {
  return closeLater(await plugin.open(options));
}

/** An engine over a new, empty database. */
export async function openNew(kind: ServerKind, more: MysqlOptions = {}): Promise<Engine> {
  return open({ url: await newDatabase(kind), ...more });
}

/** A connection past the engine. */
export async function administer(url: string): Promise<Connection> {
  const connection = await createConnection({ uri: url, multipleStatements: true });
  closing.push(async () => {
    try {
      await connection.end();
    } catch {
      // The server may be gone.
      connection.destroy();
    }
  });
  return connection;
}

/** The first column of the first row. */
export async function readOne(connection: Connection, sql: string): Promise<unknown> {
  const [rows] = await connection.query<RowDataPacket[]>(sql);
  return Object.values(rows[0] ?? {})[0];
}
