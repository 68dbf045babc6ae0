import { expect } from 'chai';
import { newAttempt, newest, shardPair, writes } from '../support/shards.js';

describe('the promises of two attempts at one transaction', () => {
  it('are never counted together: parts of both are no whole', async () => {
    const pair = await shardPair({ patienceMs: 600_000 });
    const first = newAttempt(1);
    const second = first.replace(/1$/, '2');
    await pair.s1.prepare(writes('s1', first, 'a', 'of the first'));
    await pair.s2.prepare(writes('s2', second, 'x', 'of the second'));
    for (const transaction of [first, second]) {
      const { committedAt } = await pair.s1.resolve({ transaction, participants: ['s1', 's2'] });
      expect(committedAt).to.equal(undefined);
    }
    await Promise.all([pair.s1.recover(), pair.s2.recover()]);
    expect([await newest(pair.s1, 's1', 'a'), await newest(pair.s2, 's2', 'x')]).to.deep.equal([undefined, undefined]);
  });
});
