import {
  GuardMismatch,
  PandaError,
  type Engine,
  type EngineScanOptions,
  type Entry,
  type ErrorCode,
  type KeyRange,
} from '@pandakv/core/engine';
import { plugin } from '@pandakv/engine-postgres';
import { sharedServer, startServer, type Server } from '@pandakv/testbed';
import { expect } from 'chai';
import { randomInt } from 'node:crypto';
import pg from 'pg';

export const EVERYTHING: KeyRange = { start: new Uint8Array(0) };
export const ALL: EngineScanOptions = { limit: Infinity, maxBytes: Infinity };
export const GUARD = Buffer.from('m/guard');

export const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
export const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('hex');
export const hexRows = (entries: readonly Entry[]): string[][] => entries.map(([key, value]) => [hex(key)!, hex(value)!]);

export async function get(engine: Engine, key: Uint8Array): Promise<Uint8Array | undefined> {
  return (await engine.get([key]))[0];
}

export async function scanAll(engine: Engine, range = EVERYTHING): Promise<readonly Entry[]> {
  return (await engine.scan(range, ALL)).entries;
}

export async function keysOf(engine: Engine, range?: KeyRange): Promise<string[]> {
  return (await scanAll(engine, range)).map(([key]) => Buffer.from(key).toString('latin1'));
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

/** Whether the guard did not hold. */
export async function mismatches(work: () => unknown): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (!GuardMismatch.is(error)) throw error;
    return true;
  }
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

/** Connection string of a new, empty database of the shared server. */
export async function newDatabase(): Promise<string> {
  return (await sharedServer('postgres')).createDatabase();
}

/** A server for this test alone, for it will suffer. */
export async function ownServer(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  return closeLater(await startServer('postgres', { settings }));
}

export async function openAt(url: string, more: object = {}): Promise<Engine> {
  return closeLater(await plugin.open({ url, ...more }));
}

export async function openNew(more: object = {}): Promise<Engine> {
  return openAt(await newDatabase(), more);
}

/** A connection beside the engine, to look at the database as others do. */
export async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client(url);
  client.on('error', () => undefined);
  await client.connect();
  closeLater({ close: () => client.end() });
  return client;
}

/** Runs one query beside the engine; the rows as arrays. */
export async function ask(url: string, text: string, values: unknown[] = []): Promise<unknown[][]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text, values, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

/** The seed of a random test, printed so that it can be run again: PANDA_SEED. */
export function seedOf(test: Mocha.Context): number {
  const given = process.env['PANDA_SEED'];
  const seed = given === undefined ? randomInt(2 ** 31) : Number(given);
  test.test!.title += ` (PANDA_SEED=${seed})`;
  return seed;
}

/** Asserts that the text says none of these. */
export function expectSilentOn(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) expect(text).not.to.contain(secret);
}
