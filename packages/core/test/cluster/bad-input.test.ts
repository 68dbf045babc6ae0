import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { LIMITS, openDatabase, prefix, range, type Database, type DatabaseConfig, type ErrorCode } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { listed, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { onDisk } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

const LONGEST = 'k'.repeat(LIMITS.keyBytesMax);
const LARGEST = Buffer.alloc(LIMITS.valueBytesMax, 1);

async function typeError(work: () => unknown): Promise<void> {
  let caught: unknown;
  try {
    await work();
  } catch (error) {
    caught = error;
  }
  expect(caught).to.be.instanceOf(TypeError);
}

describe('P12: bad input gets a clear error and changes nothing', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
    await db.write([{ type: 'set', key: 'a', value: 'kept' }]);
  });
  afterEach(async () => {
    expect(await listed(db.scan({}))).to.deep.equal(['a=kept']);
  });

  const keys: [what: string, key: string | Uint8Array, code: ErrorCode][] = [
    ['a key of 0 bytes', '', 'InvalidArgument'],
    ['a key of 1,025 bytes', `${LONGEST}k`, 'KeyTooLarge'],
    ['a key of 1,026 bytes in 513 characters', 'é'.repeat(513), 'KeyTooLarge'],
    ['a key of 1,025 bytes as a buffer', new Uint8Array(1025), 'KeyTooLarge'],
  ];
  for (const [what, key, code] of keys) {
    it(`${what}: ${code}, wherever a key is taken`, async () => {
      await failure(db.get(key), code);
      await failure(db.getMany(['a', key]), code);
      await failure(db.snapshot().get(key), code);
      await failure(db.latestTimestamp(key), code);
      await failure(
        db.write([
          { type: 'set', key: 'b', value: '1' },
          { type: 'delete', key },
        ]),
        code,
      );
      await failure(db.write([], [{ type: 'absent', key }]), code);
      const transaction = db.begin();
      await failure(transaction.get(key), code);
      await failure(() => transaction.set(key, 'x'), code);
      await failure(() => transaction.delete(key), code);
      transaction.abort();
    });
  }

  it('a value over 1 MiB: ValueTooLarge', async () => {
    const larger = Buffer.alloc(LIMITS.valueBytesMax + 1);
    await failure(db.write([{ type: 'set', key: 'b', value: larger }]), 'ValueTooLarge');
    await failure(() => db.begin().set('b', larger), 'ValueTooLarge');
    await failure(() => db.begin().set('b', 'é'.repeat(LIMITS.valueBytesMax / 2 + 1)), 'ValueTooLarge');
  });

  it('a transaction over 16 MiB: TransactionTooLarge', async () => {
    const transaction = db.begin();
    for (let i = 0; i < 15; i++) transaction.set(`b${i}`, LARGEST);
    await failure(() => transaction.set('b15', LARGEST), 'TransactionTooLarge');
    transaction.abort();
    await failure(
      db.transact((tx) => {
        for (let i = 0; i < 17; i++) tx.set(`b${i}`, LARGEST);
      }),
      'TransactionTooLarge',
    );
  });

  it('deletes of more than a batch can move to history: TransactionTooLarge, before all of it is read', async () => {
    let read = 0;
    const get = (keys: readonly Uint8Array[]): unknown => (read += keys.length);
    const large = await threeShards((source) => hooked(source, { get }), {}, 1);
    const value = LARGEST.subarray(0, 256 * 1024);
    for (let from = 0; from < 540; from += 60) {
      await large.write(Array.from({ length: 60 }, (_, at) => ({ type: 'set', key: `b${from + at}`, value }) as const));
    }
    read = 0;
    const deletes = Array.from({ length: 540 }, (_, at) => ({ type: 'delete', key: `b${at}` }) as const);
    await failure(large.write(deletes), 'TransactionTooLarge');
    expect(read).to.equal(256);
    expect((await large.get('b0'))?.length).to.equal(value.length);
  });

  it('more than 10,000 read ranges: TransactionTooLarge', async () => {
    const transaction = db.begin();
    for (let i = 0; i < LIMITS.readRangesMax; i++) await listed(transaction.scan(prefix(`b${i}/`)));
    await failure(listed(transaction.scan(prefix('c'))), 'TransactionTooLarge');
    transaction.abort();
  });

  it('wrong types: TypeError', async () => {
    const wrong = [undefined, null, 1, {}, ['a'], new Date(0)] as unknown as string[];
    for (const value of wrong) {
      await typeError(() => db.get(value));
      await typeError(() => db.begin().set('b', value));
      await typeError(() => db.begin().set(value, 'b'));
    }
    for (const value of [undefined, null, 'a', 1, new Uint8Array(1)] as unknown as { start: string }[]) {
      await typeError(() => listed(db.scan(value)));
      await typeError(() => db.begin().deleteRange(value));
    }
    await typeError(() => db.write('set' as unknown as []));
    await typeError(() => db.write([], 'absent' as unknown as []));
    await typeError(() => db.transact(1 as unknown as () => void));
    await typeError(() => db.outcome(1 as unknown as string));
  });

  it('what has the right type but makes no sense: InvalidArgument', async () => {
    await failure(() => range('b', 'a'), 'InvalidArgument');
    await failure(() => db.snapshot(-1), 'InvalidArgument');
    await failure(() => db.snapshot(0.5), 'InvalidArgument');
    await failure(listed(db.scan({}, { limit: 0 })), 'InvalidArgument');
    await failure(listed(db.scan({}, { limit: 1.5 })), 'InvalidArgument');
    await failure(db.outcome('no such thing'), 'InvalidArgument');
    await failure(() => db.begin({ isolation: 'chaos' as 'snapshot' }), 'InvalidArgument');
    await failure(() => db.begin({ deadlineMs: 0 }), 'InvalidArgument');
    await failure(db.write([{ type: 'paint' } as unknown as { type: 'delete'; key: string }]), 'InvalidArgument');
    await failure(db.write([], [{ type: 'paint', key: 'a' } as unknown as { type: 'absent'; key: string }]), 'InvalidArgument');
  });

  it('use after commit or abort: Closed', async () => {
    for (const end of ['commit', 'abort'] as const) {
      const transaction = db.begin();
      await transaction[end]();
      await failure(transaction.get('a'), 'Closed');
      await failure(transaction.getMany(['a']), 'Closed');
      await failure(listed(transaction.scan({})), 'Closed');
      await failure(() => transaction.set('a', 'x'), 'Closed');
      await failure(() => transaction.delete('a'), 'Closed');
      await failure(() => transaction.deleteRange({}), 'Closed');
      await failure(transaction.commit(), 'Closed');
      transaction.abort();
    }
  });
});

describe('P12: a database that was closed', () => {
  it('answers Closed to everything, and may be closed again', async () => {
    const db = await threeShards();
    const transaction = db.begin();
    transaction.set('a', '1');
    const snapshot = db.snapshot();
    const scan = db.scan({});
    await Promise.all([db.close(), db.close()]);
    await db.close();
    await failure(db.get('a'), 'Closed');
    await failure(db.getMany(['a']), 'Closed');
    await failure(() => db.scan({}), 'Closed');
    await failure(listed(scan), 'Closed');
    await failure(snapshot.get('a'), 'Closed');
    await failure(() => db.snapshot(), 'Closed');
    await failure(() => db.begin(), 'Closed');
    await failure(db.write([]), 'Closed');
    await failure(
      db.transact(() => undefined),
      'Closed',
    );
    await failure(transaction.get('a'), 'Closed');
    await failure(transaction.commit(), 'Closed');
    await failure(db.latestTimestamp('a'), 'Closed');
    await failure(db.outcome(transaction.id), 'Closed');
    await failure(db.status(), 'Closed');
  });

  it('is closed by await using', async () => {
    let inside: Database;
    {
      await using db = await threeShards();
      inside = db;
      await db.write([{ type: 'set', key: 'a', value: '1' }]);
    }
    await failure(inside.get('a'), 'Closed');
  });
});

describe('P12: a configuration that is wrong', () => {
  const memory = () => level({ memory: true });
  const cases: [what: string, config: unknown][] = [
    ['nothing', undefined],
    ['no shards', { shards: [] }],
    ['an unknown option', { shards: [{ id: 's1', engine: memory() }], shard: 1 }],
    ['a shard without an id', { shards: [{ engine: memory() }] }],
    ['an id with a slash', { shards: [{ id: 'a/b', engine: memory() }] }],
    [
      'the same id twice',
      {
        shards: [
          { id: 's1', engine: memory() },
          { id: 's1', engine: memory() },
        ],
      },
    ],
    ['a shard without an engine', { shards: [{ id: 's1' }] }],
    ['an unknown engine package', { shards: [{ id: 's1', engine: { package: '@pandakv/engine-none', options: {} } }] }],
    ['a package that is no engine', { shards: [{ id: 's1', engine: { package: 'zod', options: {} } }] }],
    ['an unknown shard in the splits', { shards: [{ id: 's1', engine: memory() }], splits: [{ key: 'k', shard: 's9' }] }],
    [
      'splits out of order',
      {
        shards: [{ id: 's1', engine: memory() }],
        splits: [
          { key: 'k', shard: 's1' },
          { key: 'a', shard: 's1' },
        ],
      },
    ],
    ['a split at no key', { shards: [{ id: 's1', engine: memory() }], splits: [{ key: '', shard: 's1' }] }],
    ['a setting that is no number', { shards: [{ id: 's1', engine: memory() }], settings: { patienceMs: 'long' } }],
    ['a lease beyond the clock offset', { shards: [{ id: 's1', engine: memory() }], settings: { leaseWindowMs: 900 } }],
  ];
  for (const [what, config] of cases) {
    it(`${what}: InvalidArgument`, async () => {
      await failure(openDatabase(config as DatabaseConfig), 'InvalidArgument');
    });
  }

  it('wrong options of an engine: InvalidArgument that names the option and not its value', async () => {
    const engine = level({ location: 'x', password: 'hunter2' } as unknown as { location: string });
    const error = await failure(openDatabase({ shards: [{ id: 's1', engine }] }), 'InvalidArgument');
    expect(error.message).not.to.contain('hunter2');
  });

  it('an unknown shard in the splits: not even a folder is made', async () => {
    const folder = tempFolder();
    await failure(openDatabase({ ...onDisk(folder), splits: [{ key: 'k', shard: 's9' }] }), 'InvalidArgument');
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('splits that take more than a shard can write down: not even a folder is made; a bit less is served', async () => {
    const folder = tempFolder();
    const splitsOf = (count: number) =>
      Array.from({ length: count }, (_, at) => ({ key: `k${String(at).padStart(24, '0')}`, shard: 's1' }));
    await failure(openDatabase({ ...onDisk(folder), splits: splitsOf(32_000) }), 'InvalidArgument');
    expect(readdirSync(folder)).to.deep.equal([]);
    await using database = await openDatabase({ ...onDisk(folder), splits: splitsOf(30_000) });
    expect(database.ranges().length).to.equal(30_001);
    await database.write([{ type: 'set', key: 'k1', value: 'served' }]);
  }).timeout(60_000);
});

/** Names, sizes, times and contents of everything in a folder. */
function imageOf(folder: string): unknown[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => {
      const { mtimeMs, size } = statSync(path);
      return [path, mtimeMs, size, statSync(path).isFile() ? readFileSync(path, 'base64') : ''];
    });
}

describe('P12: stores that are not what the configuration says', () => {
  it('a foreign folder: InvalidArgument, and the folder is as it was', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 's2'));
    writeFileSync(join(folder, 's2', 'letter.txt'), 'Dear reader');
    const before = imageOf(join(folder, 's2'));
    await failure(openDatabase(onDisk(folder)), 'InvalidArgument');
    expect(imageOf(join(folder, 's2'))).to.deep.equal(before);
  });

  it('a folder that another process has open: ShardUnavailable', async () => {
    const folder = tempFolder();
    const db = await openDatabase(onDisk(folder));
    try {
      await failure(openDatabase(onDisk(folder)), 'ShardUnavailable');
    } finally {
      await db.close();
    }
  });

  it('swapped, missing, foreign or re-split shards: InvalidArgument; then the right ones still open', async () => {
    const folder = tempFolder();
    const other = tempFolder();
    for (const at of [folder, other]) {
      const db = await openDatabase(onDisk(at));
      await db.write([{ type: 'set', key: 'x', value: at }]);
      await db.close();
    }
    const [s1, s2, s3] = onDisk(folder).shards;
    const wrong: DatabaseConfig[] = [
      { shards: [s1!, { ...s2!, engine: s3!.engine }, { ...s3!, engine: s2!.engine }] },
      { shards: [s1!, s2!] },
      { shards: [s1!, s2!, onDisk(other).shards[2]!] },
      { ...onDisk(folder), splits: [{ key: 'k', shard: 's2' }] },
      {
        ...onDisk(folder),
        splits: [
          { key: 'k', shard: 's3' },
          { key: 't', shard: 's2' },
        ],
      },
    ];
    for (const config of wrong) await failure(openDatabase(config), 'InvalidArgument');
    const db = await openDatabase(onDisk(folder));
    expect(await listed(db.scan({}))).to.deep.equal([`x=${folder}`]);
    await db.close();
  });

  it('a creation that was cut off is finished by the next open', async () => {
    const folder = tempFolder();
    const db = await openDatabase(onDisk(folder));
    await db.close();
    const half = tempFolder();
    cpSync(join(folder, 's1'), join(half, 's1'), { recursive: true });
    const finished = await openDatabase(onDisk(half));
    await finished.write([
      { type: 'set', key: 'a', value: '1' },
      { type: 'set', key: 'x', value: '1' },
    ]);
    expect(await listed(finished.scan({}))).to.deep.equal(['a=1', 'x=1']);
    await finished.close();
  });
});
