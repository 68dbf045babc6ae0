import { expect } from 'chai';
import { int64, int64Of, type AtomicChange, type Database, type Mutation, type Timestamp } from '@pandakv/core';
import { listed, text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { SEED, withSeed } from '../support/random.js';
import { newAttempt, newest, shardPair, writes } from '../support/shards.js';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/** Keys on one shard, and keys on two. */
const PLACES = [
  { where: 'on one shard', a: 'a', b: 'b' },
  { where: 'over two shards', a: 'a', b: 'x' },
];

const bytes = (...values: number[]): Uint8Array => Buffer.from(values);

type Case = [what: string, before: Uint8Array | string | undefined, change: AtomicChange, after: Uint8Array | string | undefined];

const CASES: readonly Case[] = [
  ['add to nothing', undefined, { type: 'add', amount: 5 }, int64(5)],
  ['add a negative number', int64(3), { type: 'add', amount: -10n }, int64(-7)],
  ['add up to the greatest number', int64(MAX - 1n), { type: 'add', amount: 1 }, int64(MAX)],
  ['wrap around', int64(MAX), { type: 'add', amount: 1, overflow: 'wrap' }, int64(MIN)],
  ['wrap around below', int64(MIN), { type: 'add', amount: -1, overflow: 'wrap' }, int64(MAX)],
  ['min of nothing', undefined, { type: 'min', amount: 7 }, int64(7)],
  ['min that is less', int64(3), { type: 'min', amount: -7 }, int64(-7)],
  ['min that is not', int64(3), { type: 'min', amount: 7 }, int64(3)],
  ['max that is greater', int64(-3), { type: 'max', amount: 7 }, int64(7)],
  ['max that is not', int64(3), { type: 'max', amount: -7 }, int64(3)],
  ['and', bytes(0b1100, 0xff, 1), { type: 'and', operand: bytes(0b1010, 0x0f) }, bytes(0b1000, 0x0f)],
  ['or', bytes(0b1100), { type: 'or', operand: bytes(0b1010, 0x0f) }, bytes(0b1110, 0x0f)],
  ['xor with nothing', undefined, { type: 'xor', operand: bytes(1, 2) }, bytes(1, 2)],
  ['append', 'ab', { type: 'append', suffix: 'cd' }, 'abcd'],
  ['append that just fits', 'ab', { type: 'append', suffix: 'cd', limit: 4 }, 'abcd'],
  ['append that does not fit', 'ab', { type: 'append', suffix: 'cd', limit: 3 }, 'ab'],
  ['append to nothing', undefined, { type: 'append', suffix: 'cd' }, 'cd'],
  ['delete what is as expected', 'ab', { type: 'compareAndDelete', expected: 'ab' }, undefined],
  ['not delete what is not', 'ab', { type: 'compareAndDelete', expected: 'a' }, 'ab'],
  ['set what is absent', undefined, { type: 'setIfAbsent', value: 'new' }, 'new'],
  ['not set what is present', '', { type: 'setIfAbsent', value: 'new' }, ''],
];

const asBuffer = (value: Uint8Array | string | undefined) => (value === undefined ? undefined : Buffer.from(value as string));

async function put(db: Database, key: string, value: Uint8Array | string | undefined): Promise<void> {
  await db.write([value === undefined ? { type: 'delete', key } : { type: 'set', key, value }]);
}

describe('atomic changes', () => {
  let db: Database;
  beforeEach(async () => {
    db = await threeShards();
  });

  for (const { where, a, b } of PLACES) {
    it(`do what they say ${where}, in a write and in a transaction that sees it at once`, async () => {
      for (const [what, before, change, after] of CASES) {
        const expected = asBuffer(after);
        await put(db, a, before);
        await db.write([
          { ...change, key: a },
          { type: 'set', key: b, value: what },
        ]);
        expect(await db.get(a), what).to.deep.equal(expected);
        await put(db, a, before);
        const transaction = db.begin();
        transaction.change(a, change);
        transaction.set(b, what);
        expect(await transaction.get(a), what).to.deep.equal(expected);
        expect(await transaction.snapshot.getMany([b, a]), what).to.deep.equal([asBuffer(what), expected]);
        const scanned = await listed(transaction.scan({ start: a, end: `${a}a` }));
        expect(scanned, what).to.deep.equal(expected === undefined ? [] : [`${a}=${text(expected)}`]);
        await transaction.commit();
        expect(await db.get(a), what).to.deep.equal(expected);
      }
    });

    it(`lose none of many that run at once ${where}, and run each once`, async () => {
      const count = where === 'on one shard' ? 200 : 40;
      const changes = (n: number): Mutation[] => [
        { type: 'add', key: a, amount: n },
        { type: 'append', key: b, suffix: 'x' },
      ];
      await Promise.all(Array.from({ length: count }, (_, n) => db.write(changes(n))));
      expect(int64Of((await db.get(a))!)).to.equal(BigInt((count * (count - 1)) / 2));
      expect(text(await db.get(b))).to.equal('x'.repeat(count));
      if (where === 'on one shard') expect(db.statistics().conflicts).to.equal(0);
    });

    it(`that refuse leave everything as it was ${where}, and name the key`, async () => {
      await put(db, a, int64(MAX));
      const refused = await failure(
        db.write([
          { type: 'set', key: b, value: '1' },
          { type: 'add', key: a, amount: 1 },
        ]),
        'PreconditionFailed',
      );
      expect(refused.key).to.equal('61');
      await put(db, a, 'text');
      for (const type of ['add', 'min', 'max'] as const) {
        const transaction = db.begin();
        transaction.change(a, { type, amount: 1 });
        transaction.set(b, '1');
        await failure(transaction.commit(), 'PreconditionFailed');
      }
      expect(await listed(db.scan({}))).to.deep.equal(['a=text']);
    });

    it(`that change nothing leave the version as it is ${where}, yet hold until the commit`, async () => {
      await put(db, a, 'old');
      const version = await db.latestTimestamp(a);
      await db.write([
        { type: 'setIfAbsent', key: a, value: 'new' },
        { type: 'set', key: b, value: '1' },
      ]);
      expect(await db.latestTimestamp(a)).to.equal(version);
      for (let round = 0; round < 20; round++) {
        const [set] = await Promise.all([
          db.write([
            { type: 'setIfAbsent', key: a, value: 'new' },
            { type: 'set', key: b, value: String(round) },
          ]),
          db.write([{ type: 'delete', key: a }]),
        ]);
        expect(text(await db.snapshot(set).get(a))).to.be.a('string');
        await put(db, a, 'old');
      }
    });
  }

  it('of one key in one transaction follow each other, and what it wrote itself', async () => {
    await put(db, 'a', int64(1));
    const transaction = db.begin();
    transaction.change('a', { type: 'add', amount: 4 });
    transaction.change('a', { type: 'max', amount: 3 });
    transaction.change('a', { type: 'add', amount: 10 });
    transaction.set('b', 'set');
    transaction.change('b', { type: 'append', suffix: '+' });
    transaction.delete('c');
    transaction.change('c', { type: 'setIfAbsent', value: 'c' });
    transaction.change('d', { type: 'append', suffix: 'gone' });
    transaction.deleteRange({ start: 'd', end: 'e' });
    transaction.change('d', { type: 'append', suffix: 'kept' });
    transaction.change('x', { type: 'append', suffix: 'gone' });
    transaction.set('x', 'set');
    const expected = [`a=${text(int64(15))}`, 'b=set+', 'c=c', 'd=kept', 'x=set'];
    expect(await listed(transaction.scan({}))).to.deep.equal(expected);
    expect(await listed(transaction.scan({}, { reverse: true }))).to.deep.equal(expected.reverse());
    await transaction.commit();
    expect(await listed(db.scan({}, { reverse: true }))).to.deep.equal(expected);
  });

  it('that a deleted range covers are deletes, whoever writes the key meanwhile', async () => {
    const transaction = db.begin({ isolation: 'snapshot' });
    transaction.change('d', { type: 'append', suffix: 'gone' });
    transaction.deleteRange({ start: 'd', end: 'e' });
    await put(db, 'd', 'meanwhile');
    await transaction.commit();
    expect(await listed(db.scan({}))).to.deep.equal([]);
  });

  it('make a read of the key conflict, as a write does', async () => {
    const reader = db.begin();
    await reader.get('a');
    await db.write([{ type: 'add', key: 'a', amount: 1 }]);
    reader.set('b', '1');
    await failure(reader.commit(), 'Conflict');
  });

  it('with wrong arguments are refused, and nothing changes', async () => {
    const wrong: unknown[] = [
      { type: 'add', amount: MAX + 1n },
      { type: 'add', amount: 0.5 },
      { type: 'add', amount: 1, overflow: 'saturate' },
      { type: 'append', suffix: 'x', limit: -1 },
      { type: 'append', suffix: 'x', limit: 2 ** 21 },
      { type: 'multiply', amount: 2 },
    ];
    for (const change of wrong as AtomicChange[]) {
      await failure(db.write([{ ...change, key: 'a' }]), 'InvalidArgument');
      const transaction = db.begin();
      expect(() => {
        transaction.change('a', change);
      }).to.throw();
      transaction.abort();
    }
    expect(await listed(db.scan({}))).to.deep.equal([]);
  });
});

describe('atomic changes on engines that lose writes and answers', () => {
  it('are done once each', async () => {
    let writes = 0;
    let isFaulty = false;
    const db = await threeShards((source) =>
      hooked(source, {
        write: async (_batch, apply) => {
          const fault = isFaulty ? ++writes % 5 : 0;
          if (fault === 1) throw new Error('lost before the engine');
          await apply();
          if (fault === 2) throw new Error('lost after the engine');
        },
      }),
    );
    isFaulty = true;
    const changes: Mutation[] = ['a', 'x'].map((key) => ({ type: 'add', key, amount: 1 }));
    for (let n = 0; n < 20; n++) await db.write(n % 2 === 0 ? changes : changes.slice(0, 1));
    isFaulty = false;
    // Each write is a batch at least; how many more there are depends on what shares one.
    expect(writes).to.be.greaterThan(20);
    expect(int64Of((await db.get('a'))!)).to.equal(20n);
    expect(int64Of((await db.get('x'))!)).to.equal(10n);
  });
});

describe('an atomic change that is prepared', () => {
  it('survives the leaders: committed once, with the value it had under the lock', async () => {
    const pair = await shardPair({ patienceMs: 600_000 });
    const append = (shard: 's1' | 's2', transaction: string, key: string) =>
      writes(shard, transaction, key, null, { writeOperations: [[{ type: 'append', suffix: Buffer.from('+'), limit: 9 }]] });
    await pair.s1.commit(writes('s1', newAttempt(), 'a', 'old'));
    const transaction = newAttempt();
    await pair.s1.prepare(append('s1', transaction, 'a'));
    await pair.s2.prepare(append('s2', transaction, 'x'));
    await pair.restart();
    const after = pair.s1.commit(append('s1', newAttempt(), 'a'));
    await Promise.all([pair.s1.recover(), pair.s2.recover()]);
    await after;
    expect(await newest(pair.s1, 's1', 'a')).to.equal('old++');
    expect(await newest(pair.s2, 's2', 'x')).to.equal('+');
    await pair.s1.prepare(append('s1', transaction, 'a'));
    expect(await newest(pair.s1, 's1', 'a')).to.equal('old++');
  });
});

type Model = Map<string, string>;
type ModelChange = { key: string; kind: 'append' | 'setIfAbsent' | 'compareAndDelete' | 'set'; value: string };

function mutationOf({ key, kind, value }: ModelChange): Mutation {
  switch (kind) {
    case 'append':
      return { type: 'append', key, suffix: value, limit: 12 };
    case 'compareAndDelete':
      return { type: 'compareAndDelete', key, expected: value };
    default:
      return { type: kind, key, value };
  }
}

function applyTo(model: Model, { key, kind, value }: ModelChange): void {
  const before = model.get(key);
  if (kind === 'set' || (kind === 'setIfAbsent' && before === undefined)) model.set(key, value);
  else if (kind === 'append' && (before ?? '').length + value.length <= 12) model.set(key, (before ?? '') + value);
  else if (kind === 'compareAndDelete' && before === value) model.delete(key);
}

describe(`random atomic changes (PANDA_SEED=${SEED})`, () => {
  it('have the result of running one by one, in the order of their commit timestamps', () => withSeed(runsOneByOne));
});

async function runsOneByOne(random: () => number): Promise<void> {
  const db = await threeShards();
  const keys = ['a', 'b', 'k', 'x'];
  const kinds = ['append', 'append', 'setIfAbsent', 'compareAndDelete', 'set'] as const;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const history: { at: Timestamp; changes: ModelChange[] }[] = [];
  const client = async (): Promise<void> => {
    for (let n = 0; n < 20; n++) {
      const changes = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
        key: pick(keys),
        kind: pick(kinds),
        value: pick(['p', 'q', 'rs']),
      }));
      history.push({ at: await db.write(changes.map(mutationOf)), changes });
    }
  };
  await Promise.all(Array.from({ length: 6 }, client));
  history.sort((one, other) => one.at - other.at);
  const model: Model = new Map();
  for (const [at, { at: timestamp, changes }] of history.entries()) {
    for (const change of changes) applyTo(model, change);
    if (history[at + 1]?.at === timestamp) continue;
    const expected = [...model].sort().map(([key, value]) => `${key}=${value}`);
    expect(await listed(db.snapshot(timestamp).scan({})), `at ${timestamp}`).to.deep.equal(expected);
  }
}
