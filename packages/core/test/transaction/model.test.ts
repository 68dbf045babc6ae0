import { expect } from 'chai';
import fc from 'fast-check';
import { prefix, range, type Database, type Transaction } from '@pandakv/core';
import { listed, text, threeShards } from '../support/databases.js';
import { SEED } from '../support/random.js';

type Model = Map<string, string>;

/** Few keys over all three shards, some prefixes of others, some with bytes at the edges. */
const keys = fc.constantFrom('a', 'a\0', 'aa', 'b', 'b\u007f', 'k', 'kk', 'm', 't', 'tt', 'z', 'zz');
const bounds = fc.option(keys, { nil: undefined });
const values = fc.constantFrom('', '1', '2', 'longer value');

type Step =
  | { kind: 'set'; key: string; value: string }
  | { kind: 'delete'; key: string }
  | { kind: 'deleteRange'; start: string | undefined; end: string | undefined }
  | { kind: 'get'; key: string }
  | { kind: 'getMany'; keys: string[] }
  | { kind: 'scan'; start: string | undefined; end: string | undefined; reverse: boolean; limit: number | undefined };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key: keys, value: values }),
  fc.record({ kind: fc.constant('set' as const), key: keys, value: values }),
  fc.record({ kind: fc.constant('delete' as const), key: keys }),
  fc.record({ kind: fc.constant('deleteRange' as const), start: bounds, end: bounds }),
  fc.record({ kind: fc.constant('get' as const), key: keys }),
  fc.record({ kind: fc.constant('getMany' as const), keys: fc.array(keys, { maxLength: 5 }) }),
  fc.record({
    kind: fc.constant('scan' as const),
    start: bounds,
    end: bounds,
    reverse: fc.boolean(),
    limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
  }),
);

const within = (key: string, start: string | undefined, end: string | undefined) =>
  (start === undefined || key >= start) && (end === undefined || key < end);

function ordered(start: string | undefined, end: string | undefined): [string | undefined, string | undefined] {
  return start !== undefined && end !== undefined && start > end ? [end, start] : [start, end];
}

function scanned(model: Model, one: Extract<Step, { kind: 'scan' }>): string[] {
  const [start, end] = ordered(one.start, one.end);
  const found = [...model.keys()].filter((key) => within(key, start, end)).sort();
  if (one.reverse) found.reverse();
  return found.slice(0, one.limit).map((key) => `${key}=${model.get(key)}`);
}

interface Surface extends Pick<Transaction, 'get' | 'getMany' | 'scan'> {
  set?: Transaction['set'];
  delete?: Transaction['delete'];
  deleteRange?: Transaction['deleteRange'];
}

async function perform(one: Step, on: Surface, model: Model): Promise<void> {
  switch (one.kind) {
    case 'set':
      on.set?.(one.key, one.value);
      model.set(one.key, one.value);
      break;
    case 'delete':
      on.delete?.(one.key);
      model.delete(one.key);
      break;
    case 'deleteRange': {
      const [start, end] = ordered(one.start, one.end);
      on.deleteRange?.(range(start, end));
      for (const key of model.keys()) if (within(key, start, end)) model.delete(key);
      break;
    }
    default:
      await check(one, on, model);
  }
}

async function check(one: Extract<Step, { kind: 'get' | 'getMany' | 'scan' }>, on: Surface, model: Model): Promise<void> {
  if (one.kind === 'get') {
    expect(text(await on.get(one.key)), `get ${JSON.stringify(one.key)}`).to.equal(model.get(one.key));
  } else if (one.kind === 'getMany') {
    expect((await on.getMany(one.keys)).map(text)).to.deep.equal(one.keys.map((key) => model.get(key)));
  } else {
    const [start, end] = ordered(one.start, one.end);
    const options = { reverse: one.reverse, ...(one.limit === undefined ? {} : { limit: one.limit }) };
    expect(await listed(on.scan(range(start, end), options)), JSON.stringify(one)).to.deep.equal(scanned(model, one));
  }
}

const isRead = (one: Step): one is Extract<Step, { kind: 'get' | 'getMany' | 'scan' }> =>
  one.kind === 'get' || one.kind === 'getMany' || one.kind === 'scan';

describe(`random transactions against a sorted map (PANDA_SEED=${SEED})`, () => {
  it('read their own writes, commit whole or not at all, and leave every older snapshot as it was', async function () {
    this.timeout(120_000);
    const transactions = fc.array(fc.record({ steps: fc.array(step, { maxLength: 12 }), commits: fc.boolean() }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(transactions, fc.array(step, { maxLength: 6 }), async (history, reads) => {
        const db = await threeShards();
        await runHistory(db, history, reads.filter(isRead));
        await db.close();
      }),
      { numRuns: 30 },
    );
  });
});

async function runHistory(
  db: Database,
  history: readonly { steps: readonly Step[]; commits: boolean }[],
  reads: readonly Extract<Step, { kind: 'get' | 'getMany' | 'scan' }>[],
): Promise<void> {
  let model: Model = new Map();
  const snapshots: { at: ReturnType<Database['snapshot']>; model: Model }[] = [];
  for (const { steps, commits } of history) {
    const mine: Model = new Map(model);
    const transaction = db.begin();
    for (const one of steps) await perform(one, transaction, mine);
    if (commits) {
      await transaction.commit();
      model = mine;
    } else {
      transaction.abort();
    }
    snapshots.push({ at: db.snapshot(), model: new Map(model) });
    for (const one of reads) await check(one, db, model);
  }
  for (const { at, model: then } of snapshots) {
    for (const one of reads) await check(one, at, then);
    expect(await listed(at.scan({}))).to.deep.equal([...then].sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}=${v}`));
  }
}

describe('ranges', () => {
  it('are made by prefix, also where it ends in 0xff', async () => {
    const db = await threeShards();
    const edge = new Uint8Array([0xff, 0xff]);
    await db.write([
      { type: 'set', key: edge, value: 'edge' },
      { type: 'set', key: new Uint8Array([0xff, 0xff, 1]), value: 'below' },
      { type: 'set', key: new Uint8Array([0xfe]), value: 'beside' },
    ]);
    expect((await listed(db.scan(prefix(edge)))).length).to.equal(2);
    expect((await listed(db.scan(prefix(new Uint8Array([0xfe]))))).length).to.equal(1);
    expect((await listed(db.scan(prefix('')))).length).to.equal(3);
  });
});
