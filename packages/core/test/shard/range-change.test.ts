import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import type { PrepareRequest } from '@pandakv/core/shard';
import { readOwnedRanges } from '../../dist/shard/index.js';
import { failure } from '../support/failure.js';
import { newAttempt, newest, nowTimestamp, ROUTES, shardPair, writes, type ShardPair } from '../support/shards.js';

const LEFT = { id: 'r1', start: '', end: 'c', epoch: 2 };
const RIGHT = { id: 'r3', start: 'c', end: 'k', epoch: 2 };

/** A change of the ranges of s1 that s2 takes part in: it is split at c. */
function splitting(transaction: string): [PrepareRequest, PrepareRequest] {
  const change = { drop: [{ id: 'r1', epoch: 1 }], put: [LEFT, RIGHT] };
  const none = { routes: [], writeKeys: [], writeValues: [] };
  return [writes('s1', transaction, '', null, { ...none, rangeChange: change }), writes('s2', transaction, 'x', 'with it')];
}

async function commit(pair: ShardPair, transaction: string, timestamps: readonly number[]): Promise<void> {
  const decision = { committedAt: Math.max(...timestamps) };
  await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
  await pair.s2.apply(transaction, decision);
}

const read = async (pair: ShardPair, id: string, epoch: number, key: string) => {
  const versions = await pair.s1.read({ routes: [{ id, epoch }], keys: [key], timestamp: nowTimestamp(), latest: true });
  return versions[0]!.value?.toString();
};

describe('a change of the ranges that a shard owns', () => {
  it('is held from its prepare to its outcome: who names the range waits, reads too', async () => {
    const pair = await shardPair();
    await pair.s1.commit(writes('s1', newAttempt(), 'a', '1'));
    const transaction = newAttempt();
    const promised = await Promise.all(splitting(transaction).map((request, at) => [pair.s1, pair.s2][at]!.prepare(request)));
    const ended: string[] = [];
    const waiting = [
      failure(newest(pair.s1, 's1', 'a'), 'RangeMoved').then(() => ended.push('read by the old map')),
      failure(pair.s1.commit(writes('s1', newAttempt(), 'b', '2')), 'RangeMoved').then(() => ended.push('commit by the old map')),
      read(pair, 'r1', 2, 'a').then((value) => ended.push(`read by the new map: ${value}`)),
    ];
    await setTimeout(50);
    expect(ended).to.deep.equal([]);
    await commit(pair, transaction, promised);
    await Promise.all(waiting);
    expect(ended).to.have.members(['read by the old map', 'commit by the old map', 'read by the new map: 1']);
    await failure(read(pair, 'r3', 2, 'a'), 'RangeMoved');
    await pair.s1.commit(writes('s1', newAttempt(), 'd', '3', { routes: [{ id: 'r3', epoch: 2 }] }));
    expect(await read(pair, 'r3', 2, 'd')).to.equal('3');
  });

  it('stands in the same batch as its outcome, and survives the leaders in each state', async () => {
    const pair = await shardPair();
    const transaction = newAttempt();
    const promised = await Promise.all(splitting(transaction).map((request, at) => [pair.s1, pair.s2][at]!.prepare(request)));
    await pair.restart();
    let answered = false;
    const waiting = failure(newest(pair.s1, 's1', 'a'), 'RangeMoved').then(() => (answered = true));
    await setTimeout(30);
    expect(answered, 'the new leader holds it').to.equal(false);
    await commit(pair, transaction, promised);
    await waiting;
    expect(await readOwnedRanges(pair.engines[0])).to.deep.equal([LEFT, RIGHT]);
    await pair.restart();
    expect(await read(pair, 'r3', 2, 'd')).to.equal(undefined);
    await failure(newest(pair.s1, 's1', 'a'), 'RangeMoved');
  });

  it('that is aborted leaves the ranges as they were', async () => {
    const pair = await shardPair();
    const transaction = newAttempt();
    await pair.s1.prepare(splitting(transaction)[0]);
    const waiting = newest(pair.s1, 's1', 'a');
    await pair.s1.decide({ transaction, decision: {}, participants: ['s1', 's2'] });
    expect(await waiting).to.equal(undefined);
    expect(await readOwnedRanges(pair.engines[0])).to.deep.equal([{ id: 'r1', start: '', end: 'k', epoch: 1 }]);
  });

  it('is refused while another changes the range, by an old epoch, and over keys that are owned already', async () => {
    const pair = await shardPair();
    const request = (change: PrepareRequest['rangeChange']): PrepareRequest => ({
      ...splitting(newAttempt())[0],
      rangeChange: change,
    });
    await failure(pair.s1.prepare(request({ drop: [{ id: 'r1', epoch: 7 }], put: [] })), 'RangeMoved');
    await failure(pair.s1.prepare(request({ drop: [], put: [{ id: 'r9', start: 'b', end: 'z', epoch: 1 }] })), 'RangeMoved');
    await pair.s1.prepare(splitting(newAttempt())[0]);
    await failure(pair.s1.prepare(splitting(newAttempt())[0]), 'Conflict');
  });

  it('that takes a range away is refused while a transaction is prepared in it', async () => {
    const pair = await shardPair();
    const leaving = { ...splitting(newAttempt())[0], rangeChange: { drop: [{ id: 'r1', epoch: 1 }], put: [] } };
    await pair.s1.prepare(writes('s1', newAttempt(), 'a', '1'));
    await failure(pair.s1.prepare(leaving), 'Conflict');
  });

  it('does not let a repeat of what committed before it be taken for refused', async () => {
    const pair = await shardPair({ recentTransactionsMax: 2 });
    const request = writes('s1', newAttempt(), 'a', '1');
    const committedAt = await pair.s1.commit(request);
    await pair.restart();
    const transaction = newAttempt();
    const promised = await Promise.all(splitting(transaction).map((each, at) => [pair.s1, pair.s2][at]!.prepare(each)));
    await commit(pair, transaction, promised);
    expect(await pair.s1.commit(request)).to.equal(committedAt);
    expect(ROUTES.s1[0].epoch).to.equal(1);
  });
});
