import { openDatabase, PandaError, type Database } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { bytes, Collection, json, schema, Subspace, text, type Codec } from '@pandakv/keys';
import { expect } from 'chai';
import { z } from 'zod';

const User = z.object({
  name: z.string().min(1),
  born: z.iso.date().transform((date) => new Date(date)),
  tags: z.array(z.string()).default([]),
});
const app = new Subspace(['app']);
const users = new Collection({ subspace: app.at('users'), key: ['string', 'integer'], value: schema(User) });
const scores = new Collection({ subspace: app.at('scores'), key: ['number', 'uuid', 'bigint', 'boolean', 'bytes'], value: text });

const refusal = async (run: () => unknown): Promise<PandaError> => {
  try {
    await run();
  } catch (error) {
    if (PandaError.is(error, 'InvalidArgument')) return error;
    throw error;
  }
  throw new Error('It was not refused');
};

describe('Collections', () => {
  let db: Database;
  beforeEach(async () => {
    const shards = ['a', 'b'].map((id) => ({ id, engine: level({ memory: true }) }));
    db = await openDatabase({ shards, splits: [{ key: users.pack(['m', 0]), shard: 'b' }] });
  });
  afterEach(() => db.close());

  const fill = () =>
    db.transact((tx) => {
      for (const team of ['x', 'a'])
        for (const id of [10, 9, -1]) users.set(tx, [team, id], { name: `${team}${id}`, born: '1815-12-10' });
    });
  const keys = async (options?: Parameters<typeof users.scan>[1]) => {
    const found: string[] = [];
    for await (const [[team, id]] of users.scan(db, options)) found.push(`${team}${id}`);
    return found.join(' ');
  };

  it('are read as they were written, by a database, a snapshot and a transaction', async () => {
    const before = db.snapshot();
    await fill();
    const ada = await users.get(db, ['a', 9]);
    expect(ada).to.deep.equal({ name: 'a9', born: new Date('1815-12-10'), tags: [] });
    expect(await users.get(before, ['a', 9])).to.equal(undefined);
    await db.transact(async (tx) => {
      users.delete(tx, ['a', 9]);
      expect(
        (
          await users.getMany(tx, [
            ['a', 9],
            ['x', 10],
          ])
        ).map((user) => user?.name),
      ).to.deep.equal([undefined, 'x10']);
    });
    expect(await users.get(db, ['a', 9])).to.equal(undefined);
  });

  it('are scanned in the order of their keys, part by part, between any bounds', async () => {
    await fill();
    expect(await keys()).to.equal('a-1 a9 a10 x-1 x9 x10');
    expect(await keys({ begins: ['x'] })).to.equal('x-1 x9 x10');
    expect(await keys({ reverse: true, limit: 2 })).to.equal('x10 x9');
    expect(await keys({ start: ['a', 9], end: ['x', 9] })).to.equal('a9 a10 x-1');
    expect(await keys({ after: ['a', 9], limit: 2 })).to.equal('a10 x-1');
    expect(await keys({ begins: ['a'], start: ['a', 10], end: ['y'] })).to.equal('a10');
    expect(await keys({ start: ['b'] })).to.equal('x-1 x9 x10');
    expect(await keys({ begins: ['nobody'] })).to.equal('');
  });

  it('are cleared whole or in part, and nothing beside them', async () => {
    await fill();
    await db.write([{ type: 'set', key: app.at('other').pack([1]), value: 'x' }]);
    await db.transact((tx) => users.clear(tx, ['a']));
    expect(await keys()).to.equal('x-1 x9 x10');
    await db.transact((tx) => users.clear(tx));
    expect(await keys()).to.equal('');
    expect(await db.get(app.at('other').pack([1]))).to.not.equal(undefined);
  });

  it('are written without a transaction, too', async () => {
    await db.write([
      users.setting(['a', 1], { name: 'Ada', born: '1815-12-10' }),
      users.setting(['b', 1], { name: 'B', born: '1900-01-01' }),
    ]);
    await db.write([users.deleting(['b', 1])]);
    expect(await keys()).to.equal('a1');
  });

  it('have keys of every type', async () => {
    const uuid = 'ffffffff-ba5e-ba11-0000-00005ca1ab1e';
    const key = [0.5, uuid, 7n, true, new Uint8Array([1])] as const;
    await db.transact((tx) => {
      scores.set(tx, key, 'half');
      scores.set(tx, [1, uuid, 2n ** 70n, false, new Uint8Array()], 'one');
      scores.set(tx, [-2, uuid, 0n, false, new Uint8Array()], 'minus two');
    });
    const found = [];
    for await (const entry of scores.scan(db)) found.push(entry);
    expect(found.map(([, value]) => value)).to.deep.equal(['minus two', 'half', 'one']);
    expect(found[1]![0]).to.deep.equal(key);
  });

  it('refuse a value that does not fit, before anything is written, without quoting it', async () => {
    const error = await refusal(() => db.write([users.setting(['a', 1], { name: '', born: 'secret' })]));
    expect(error.message)
      .to.match(/at name, at born/)
      .and.not.match(/secret/);
    expect(error.cause).to.be.an('array').of.length(2);
    expect(await keys()).to.equal('');
    const dates = schema(z.object({ at: z.date() }));
    await refusal(() => dates.encode({ at: new Date() }));
  });

  it('refuse a key of wrong parts', () => {
    const wrong: unknown[] = [['a'], ['a', 1, 2], [1, 'a'], ['a', 0.5], 'a1', null];
    for (const key of wrong) expect(() => users.pack(key as [string, number])).to.throw(TypeError);
    expect(() => users.range(['a', 1] as unknown as ['a'])).to.throw(TypeError);
    expect(() => new Collection({ subspace: app, key: ['text' as 'string'], value: text })).to.throw(TypeError);
    expect(() => new Collection({ subspace: app, key: [], value: text })).to.throw(TypeError);
  });

  it('tell which key holds what they did not write', async () => {
    const key = users.pack(['a', 1]);
    for (const value of ['{', '{"name":1}', Buffer.from([0xff])]) {
      await db.write([{ type: 'set', key, value }]);
      expect((await refusal(() => users.get(db, ['a', 1]))).key).to.equal(Buffer.from(key).toString('hex'));
    }
    await db.write([{ type: 'set', key: app.at('users').pack(['a', 'b']), value: '{}' }]);
    await refusal(() => keys());
  });
});

describe('Codecs', () => {
  const roundTrip = <T>(codec: Codec<T>, value: T) => codec.decode(codec.encode(value));

  it('give back what they took', () => {
    expect(roundTrip(text, 'Grüße\0\u{1f525}\ufeff')).to.equal('Grüße\0\u{1f525}\ufeff');
    expect(roundTrip(bytes, new Uint8Array([0, 255]))).to.deep.equal(new Uint8Array([0, 255]));
    expect(roundTrip(json<{ a: number[] }>(), { a: [1, 2] })).to.deep.equal({ a: [1, 2] });
    expect(roundTrip(json<null>(), null)).to.equal(null);
  });

  it('refuse what is not of their type', async () => {
    expect(() => json<undefined>().encode(undefined)).to.throw(TypeError);
    expect(() => text.encode(1 as unknown as string)).to.throw(TypeError);
    expect(() => bytes.encode('a' as unknown as Uint8Array)).to.throw(TypeError);
    expect(() => schema({} as never)).to.throw(TypeError);
    expect(() => schema(z.string().refine(async () => true)).encode('a')).to.throw(TypeError);
    expect((await refusal(() => json().decode(Buffer.from('secret')))).message).to.not.match(/secret/);
    await refusal(() => text.decode(Buffer.from([0xff])));
  });
});
