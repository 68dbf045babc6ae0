import { PandaError, type Engine, type EngineScanOptions, type Entry, type ErrorCode, type KeyRange } from '@pandakv/core/engine';
import { plugin } from '@pandakv/engine-sqlite';
import { expect } from 'chai';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export const EVERYTHING: KeyRange = { start: new Uint8Array(0) };
export const ALL: EngineScanOptions = { limit: Infinity, maxBytes: Infinity };

export const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
export const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('hex');
export const hexRows = (entries: readonly Entry[]): string[][] => entries.map(([key, value]) => [hex(key)!, hex(value)!]);

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

const folders: string[] = [];
const closing: (() => Promise<unknown>)[] = [];

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'panda-sqlite-'));
  folders.push(folder);
  return folder;
}

/** Closes it when the test is over, however the test ends. */
export function closeLater<T extends { close(): Promise<unknown> }>(closable: T): T {
  closing.push(() => closable.close());
  return closable;
}

/** A file that is not there yet. */
export async function newFile(): Promise<string> {
  return join(await temporaryFolder(), 'store.db');
}

export async function openAt(file: string, more: object = {}): Promise<Engine> {
  return closeLater(await plugin.open({ file, ...more }));
}

/** To be called after every test. */
export async function cleanUp(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
}

export interface Target {
  readonly name: string;
  open(): Promise<Engine>;
}

/** Every kind of store. */
export const TARGETS: readonly Target[] = [
  { name: 'memory', open: async () => closeLater(await plugin.open({ memory: true })) },
  { name: 'a file', open: async () => openAt(await newFile()) },
];

/** All that can be seen of a folder from outside: names, contents, modes, and when anything changed. */
export async function look(path: string): Promise<readonly string[]> {
  const { mtimeNs, ctimeNs, mode, size } = await lstat(path, { bigint: true });
  const seen = [`${path} ${mtimeNs} ${ctimeNs} ${mode} ${size}`];
  if ((await lstat(path)).isDirectory()) {
    for (const name of (await readdir(path)).sort()) seen.push(...(await look(join(path, name))));
  } else {
    seen.push((await readFile(path)).toString('base64'));
  }
  return seen;
}

/** Asserts that the work leaves the folder as it is, to the last time stamp. */
export async function expectUntouched(path: string, work: () => Promise<unknown>): Promise<void> {
  const before = await look(path);
  await work();
  expect(await look(path)).to.deep.equal(before);
}

export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Runs a script of `fixtures` in a process of its own. */
export function runFixture(name: string, ...args: string[]): Child {
  const script = fileURLToPath(new URL(`./fixtures/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  closeLater({ close: async () => child.kill('SIGKILL') });
  return child;
}

/** How a process ended, and what it said. */
export async function ended(child: Child): Promise<{ code: number | null; signal: string | null; errors: string }> {
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, errors })));
}
