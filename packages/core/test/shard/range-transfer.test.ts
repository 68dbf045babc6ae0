import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { ImportRow, Leader, PrepareRequest, Shard } from '@pandakv/core/shard';
import { failure } from '../support/failure.js';
import { newAttempt, newest, shardPair, writes } from '../support/shards.js';

const R1 = { id: 'r1', epoch: 1 };
const SPAN = { start: '', end: 'k' };
const IMPORT: ImportRow = { move: 'm1', ...SPAN, stage: 'tail', cursor: undefined, sequence: 0 };

const transferOf = (shard: Shard): Leader['transfer'] => (shard as Leader).transfer;

/** A change of the ranges of a shard, in a transaction of both. */
function change(rangeChange: PrepareRequest['rangeChange'], transaction = newAttempt()): PrepareRequest {
  return { ...writes('s1', transaction, '', null), routes: [], writeKeys: [], writeValues: [], rangeChange };
}

describe('a range that leaves a shard', () => {
  it('must be frozen by whoever takes it, and nothing prepared in it', async () => {
    const pair = await shardPair();
    const leaving = (freeze?: string) => change({ drop: [{ ...R1, freeze }], put: [] });
    await failure(pair.s1.prepare(leaving()), 'Conflict');
    const sequence = await transferOf(pair.s1).freeze({ range: R1, span: SPAN, token: 'mine', budgetMs: 5_000 });
    expect(sequence).to.be.a('number');
    await failure(pair.s1.prepare(leaving('of another')), 'Conflict');
    await failure(transferOf(pair.s1).freeze({ range: R1, span: SPAN, token: 'of another', budgetMs: 5_000 }), 'Conflict');
    await pair.s1.prepare(leaving('mine'));
  });

  it('is not frozen while a transaction is prepared in it for longer than the budget, and goes on then', async () => {
    const pair = await shardPair();
    const transaction = newAttempt();
    await pair.s1.prepare(writes('s1', transaction, 'a', '1'));
    expect(await transferOf(pair.s1).freeze({ range: R1, span: SPAN, token: 't', budgetMs: 30 })).to.equal(undefined);
    await setTimeout(20);
    await pair.s1.commit(writes('s1', newAttempt(), 'b', '2'));
    await pair.s1.decide({ transaction, decision: {}, participants: ['s1', 's2'] });
  });

  it('makes commits wait while it is frozen, and reads not; the freeze ends by itself', async () => {
    const pair = await shardPair();
    await pair.s1.commit(writes('s1', newAttempt(), 'a', '1'));
    await transferOf(pair.s1).freeze({ range: R1, span: SPAN, token: 't', budgetMs: 100 });
    let ended = false;
    const commit = pair.s1.commit(writes('s1', newAttempt(), 'a', '2')).then(() => (ended = true));
    expect(await newest(pair.s1, 's1', 'a')).to.equal('1');
    await setTimeout(30);
    expect(ended).to.equal(false);
    await commit;
    expect(await newest(pair.s1, 's1', 'a')).to.equal('2');
  });
});

describe('a range that comes to a shard', () => {
  const put = [{ id: 'r1', ...SPAN, epoch: 2 }];

  it('must have been brought, all of it, as far as the source had written', async () => {
    const pair = await shardPair();
    const transfer = transferOf(pair.s2);
    await failure(pair.s2.prepare(change({ drop: [], put })), 'Conflict');
    await transfer.beginImport({ ...IMPORT, stage: 'clear' });
    const finished = { move: 'm1', sequence: 7 };
    await failure(pair.s2.prepare(change({ drop: [], put, import: finished })), 'Conflict');
    await transfer.importRows({ progress: { ...IMPORT, sequence: 6 }, rows: [], deletes: [] });
    await failure(pair.s2.prepare(change({ drop: [], put, import: finished })), 'Conflict');
    await transfer.importRows({ progress: { ...IMPORT, sequence: 7 }, rows: [], deletes: [] });
    await pair.s2.prepare(change({ drop: [], put, import: finished }));
    await failure(transfer.importRows({ progress: { ...IMPORT, sequence: 8 }, rows: [], deletes: [] }), 'Conflict');
  });

  it('is brought by one move at a time, which the leader remembers; an import that has ended takes nothing more', async () => {
    const pair = await shardPair();
    await transferOf(pair.s2).beginImport(IMPORT);
    await failure(transferOf(pair.s2).beginImport({ ...IMPORT, move: 'm2', start: 'a' }), 'Conflict');
    await pair.restart();
    const transfer = transferOf(pair.s2);
    expect(await transfer.importOf('m1')).to.deep.equal(IMPORT);
    expect(await transfer.dropRows({ span: SPAN, move: 'm1', ends: true })).to.equal(true);
    await failure(transfer.importRows({ progress: IMPORT, rows: [], deletes: [] }), 'Conflict');
    expect(await transfer.importOf('m1')).to.equal(undefined);
  });
});

describe('rows of a span that a shard serves', () => {
  it('are neither removed nor brought, whatever late or repeated request asks for it', async () => {
    const pair = await shardPair();
    await pair.s1.commit(writes('s1', newAttempt(), 'a', '1'));
    const transfer = transferOf(pair.s1);
    await failure(transfer.dropRows({ span: { start: '', end: 'b' }, move: undefined, ends: false }), 'Conflict');
    await failure(transfer.beginImport(IMPORT), 'Conflict');
    expect(await newest(pair.s1, 's1', 'a')).to.equal('1');
  });
});

describe('a digest of a span', () => {
  it('is of the versions up to a timestamp: what is written later does not change it, and what differs does', async () => {
    const pair = await shardPair();
    const transfer = transferOf(pair.s1);
    const at = async (timestamp: number) => await transfer.digest({ span: SPAN, timestamp, thresholds: [], keysMax: 100 });
    await pair.s1.commit(writes('s1', newAttempt(), 'a', '1'));
    const first = await pair.s1.commit(writes('s1', newAttempt(), 'b', '1'));
    const before = await at(first);
    await pair.s1.commit(writes('s1', newAttempt(), 'a', '2'));
    const second = await pair.s1.commit(writes('s1', newAttempt(), 'b', null));
    expect(await at(first)).to.deep.equal(before);
    expect((await at(second)).digest).not.to.equal(before.digest);
    expect((await at(first - 1)).versions).to.equal(1);
    expect((await at(second)).versions).to.equal(3);
  });
});
