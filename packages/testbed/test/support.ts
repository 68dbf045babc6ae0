import { hasMysql, SERVER_KINDS, type Server, type ServerKind } from '@pandakv/testbed';
import mysql, { type RowDataPacket } from 'mysql2/promise';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

export const KINDS: readonly ServerKind[] = SERVER_KINDS.filter((kind) => kind !== 'mysql' || hasMysql());

const GONE_MS = 20_000;
const POLL_MS = 50;

const undo: (() => Promise<unknown>)[] = [];

/** Done after the test, last first. */
export function later(action: () => Promise<unknown>): void {
  undo.push(action);
}

export async function cleanUp(): Promise<void> {
  for (const action of undo.splice(0).reverse()) await action();
}

export function closeLater<T extends Server>(server: T): T {
  later(() => server.close());
  return server;
}

/** Sets variables of the environment until the end of the test. */
export function withEnvironment(variables: Readonly<Record<string, string>>): void {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  later(async () => {
    for (const name of Object.keys(variables)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  });
}

/** A folder that any user may enter, for use as another process's temporary folder. Who makes it removes it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'testbed-test-'));
  await chmod(folder, 0o755);
  return folder;
}

export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** Folders of servers, there for as long as these are. */
export async function serverFolders(temporary: string): Promise<string[]> {
  return (await readdir(temporary)).filter((name) => /^panda-testbed-\w{6}$/.test(name));
}

export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + GONE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Not within ${GONE_MS / 1000} s: ${what}.`);
    await delay(POLL_MS);
  }
}

/** Whether somebody listens where a connection string points to. */
export async function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The first column of the first row, by the raw driver, over a connection of its own. */
export async function ask(kind: ServerKind, url: string, ...statements: string[]): Promise<unknown> {
  const session = await (kind === 'postgres' ? postgresSession(url) : mysqlSession(url));
  try {
    let value: unknown;
    for (const statement of statements) value = await session.first(statement);
    return value;
  } finally {
    await session.end();
  }
}

interface Session {
  first(statement: string): Promise<unknown>;
  end(): Promise<void>;
}

async function mysqlSession(url: string): Promise<Session> {
  const connection = await mysql.createConnection(url);
  connection.on('error', () => undefined);
  return {
    first: async (statement) => {
      const [rows] = await connection.query<RowDataPacket[]>({ sql: statement, rowsAsArray: true });
      return Array.isArray(rows) ? (rows[0] as unknown[] | undefined)?.[0] : undefined;
    },
    end: () => connection.end(),
  };
}

async function postgresSession(url: string): Promise<Session> {
  const client = new pg.Client(url);
  // The end of the server is the error of the statement.
  client.on('error', () => undefined);
  await client.connect();
  return {
    first: async (text) => (await client.query<unknown[]>({ text, rowMode: 'array' })).rows[0]?.[0],
    end: () => client.end(),
  };
}

export interface Program {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly lines: AsyncIterator<string, undefined>;
  readonly exit: Promise<number | null>;
  readonly stderr: () => string;
}

/** Runs a program of this package, killed at the end of the test if it still runs. */
export function runProgram(path: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
  const file = fileURLToPath(new URL(path, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (stderr += part));
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  later(async () => {
    child.kill('SIGKILL');
    await exit;
  });
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), exit, stderr: () => stderr };
}

export async function nextLine({ lines, stderr }: Program): Promise<string> {
  const line = await lines.next();
  if (line.done === true) throw new Error(`The program ended without a line: ${stderr()}`);
  return line.value;
}
