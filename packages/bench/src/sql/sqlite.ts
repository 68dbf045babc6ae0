import { sqlite } from '@pandakv/engine-sqlite';
import Database from 'better-sqlite3';
import { join } from 'node:path';
import type { Place, RawStore, RawTwoPhase, Side } from './raw-store.js';

const CREATE = 'CREATE TABLE IF NOT EXISTS raw (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID';
const PUT = 'INSERT INTO raw (k, v) VALUES (?, ?) ON CONFLICT (k) DO UPDATE SET v = excluded.v';

interface Found {
  readonly k: Buffer;
  readonly v: Buffer;
}

/** better-sqlite3, with a write-ahead log and synchronous FULL, as the engine has it. */
export function openSqliteSide(folder: string): Side {
  return {
    name: 'sqlite',
    twoPhaseText: 'one transaction over two attached files',
    places: [placeOf(folder, 'a'), placeOf(folder, 'b')],
    openTwoPhase: () => Promise.resolve(openTwoPhase(folder)),
    close: () => Promise.resolve(),
  };
}

function placeOf(folder: string, place: string): Place {
  return {
    openRaw: () => Promise.resolve(openRaw(join(folder, `${place}-raw.sqlite`))),
    engine: (name) => sqlite({ file: join(folder, `${place}-${name}.sqlite`) }),
  };
}

function openFile(file: string): Database.Database {
  const database = new Database(file);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  return database;
}

function openRaw(file: string): RawStore {
  const database = openFile(file);
  database.exec(CREATE);
  const put = database.prepare<[Buffer, Buffer]>(PUT);
  const get = database.prepare<[Buffer], Found>('SELECT v FROM raw WHERE k = ?');
  const scan = database.prepare<[Buffer, number], Found>('SELECT k, v FROM raw WHERE k >= ? ORDER BY k LIMIT ?');
  return {
    put: async (key, value) => put.run(key, value),
    get: async (key) => get.get(key)?.v,
    scan: async (start, limit) => {
      const rows = scan.all(start, limit);
      let bytes = 0;
      for (const { k, v } of rows) bytes += k.length + v.length;
      return { rows: rows.length, bytes };
    },
    close: async () => {
      database.close();
    },
  };
}

/** With a rollback journal: only then is a transaction over two files atomic. */
function openTwoPhase(folder: string): RawTwoPhase {
  const database = new Database(join(folder, 'two-a.sqlite'));
  database.prepare('ATTACH ? AS other').run(join(folder, 'two-b.sqlite'));
  database.exec(`${CREATE}; ${CREATE.replace('raw', 'other.raw')}`);
  database.pragma('synchronous = FULL');
  const onA = database.prepare<[Buffer, Buffer]>(PUT.replace('raw', 'main.raw'));
  const onB = database.prepare<[Buffer, Buffer]>(PUT.replace('raw', 'other.raw'));
  return {
    put: async (a, b) => {
      database.transaction(() => {
        onA.run(a.key, a.value);
        onB.run(b.key, b.value);
      })();
    },
    close: async () => {
      database.close();
    },
  };
}
