import { PandaError } from '@pandakv/core/engine';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { visitLog } from './log-file.js';

/** The part of a classic-level database that lists its table files. */
export interface TableLister {
  getProperty(property: string): string;
}

/**
 * Looks at LevelDB's files before LevelDB does, which would pass in silence over damage that costs acknowledged writes: a
 * manifest cut short, a log that is missing, a log damaged before its end. Changes nothing.
 *
 * @throws PandaError `Corruption`
 */
export async function checkFiles(data: string): Promise<void> {
  // Twice, for another process may be opening the store meanwhile, and replaces files one by one: new ones come first.
  if ((await findDamage(data)) === undefined) return;
  const damage = await findDamage(data);
  if (damage !== undefined) throw damaged(damage, data);
}

/**
 * Compares the sizes of an open database's tables with those that LevelDB has noted, since it would notice a truncated table
 * only when it comes to read there.
 *
 * @throws PandaError `Corruption`
 */
export async function checkTables(database: TableLister, data: string): Promise<void> {
  const sizes = await tableSizes(data);
  const isOff = (table: Table): boolean => sizes.get(table.number) !== table.size;
  if (!listTables(database).some(isOff)) return;
  // Compaction may be adding and removing tables: wrong is what is still listed when the folder is read after the list.
  const suspects = listTables(database).filter(isOff);
  const sizesNow = await tableSizes(data);
  const listedNow = new Set(listTables(database).map(({ number }) => number));
  const wrong = suspects.find(({ number, size }) => listedNow.has(number) && sizesNow.get(number) !== size);
  if (wrong !== undefined) throw damaged(`table ${wrong.number} does not have its size`, data);
}

async function findDamage(data: string): Promise<string | undefined> {
  try {
    const current = await readFile(join(data, 'CURRENT'), 'latin1');
    const manifest = /^(MANIFEST-\d+)\n$/.exec(current)?.[1];
    if (manifest === undefined) return 'CURRENT names no manifest';
    return await findDamageInLogs(data, await firstLog(join(data, manifest)));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return 'CURRENT, the manifest or a log is missing';
    throw error;
  }
}

/** The first log that the tables do not make superfluous: the last that the manifest names. */
async function firstLog(manifest: string): Promise<number | undefined> {
  let first: number | undefined;
  await visitLog(manifest, ({ begins, payload }) => {
    if (begins && payload !== undefined) first = logNumberOf(payload) ?? first;
  });
  return first;
}

/** An edit of the manifest has the log number (tag 2) first, or right behind the comparator's name (tag 1), or not at all. */
function logNumberOf(edit: Uint8Array): number | undefined {
  const at = edit[0] === 1 ? 2 + edit[1]! : 0;
  return edit[at] === 2 ? readVarint(edit, at + 1) : undefined;
}

function readVarint(bytes: Uint8Array, start: number): number {
  let value = 0;
  for (let i = start, scale = 1; i < bytes.length; i++, scale *= 128) {
    value += (bytes[i]! & 0x7f) * scale;
    if (bytes[i]! < 0x80) break;
  }
  return value;
}

/**
 * A log is written from front to end, and each write is on disk before the next begins: what is not intact can only be the
 * last record. LevelDB would skip the damage and go on with what follows.
 */
async function findDamageInLogs(data: string, first: number | undefined): Promise<string | undefined> {
  const logs = (await numbersOf(data, /^(\d+)\.log$/)).filter(([number]) => first !== undefined && number >= first);
  logs.sort(([a], [b]) => a - b);
  // LevelDB makes a log before it names it in the manifest, and removes it after it has named the next.
  if (first === undefined || logs[0]?.[0] !== first) return 'the manifest is cut short, or the log is missing';
  let hole = '';
  let isDamaged = false;
  for (const [, name] of logs) {
    await visitLog(join(data, name), ({ begins, payload }) => {
      if (payload === undefined) hole ||= name;
      else if (begins && hole !== '') isDamaged = true;
    });
  }
  return isDamaged ? `records are unreadable in ${hole}` : undefined;
}

interface Table {
  readonly number: number;
  /** In bytes. */
  readonly size: number;
}

/** LevelDB lists a table as ` 17:2104['first key' .. 'last key']`, a line each; keys are escaped. */
function listTables(database: TableLister): Table[] {
  const lines = database.getProperty('leveldb.sstables').matchAll(/^ (\d+):(\d+)\[/gm);
  return Array.from(lines, ([, number, size]) => ({ number: Number(number), size: Number(size) }));
}

async function tableSizes(data: string): Promise<Map<number, number>> {
  const sizes = new Map<number, number>();
  for (const [number, name] of await numbersOf(data, /^(\d+)\.(?:ldb|sst)$/)) {
    try {
      sizes.set(number, (await stat(join(data, name))).size);
    } catch (error) {
      // Compaction has removed it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return sizes;
}

/** The files of one kind, by the number in their names. */
async function numbersOf(data: string, pattern: RegExp): Promise<[number: number, name: string][]> {
  const names = await readdir(data);
  return names.flatMap((name) => {
    const number = pattern.exec(name)?.[1];
    return number === undefined ? [] : [[Number(number), name] as [number, string]];
  });
}

function damaged(what: string, data: string): PandaError {
  return new PandaError('Corruption', `LevelDB's files are damaged, ${what}: ${data}`);
}
