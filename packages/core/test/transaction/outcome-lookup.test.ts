import { expect } from 'chai';
import { lookUpOutcome } from '@pandakv/core/parts';
import { attemptOf, transactionOf, type Shard } from '@pandakv/core/shard';
import { failure } from '../support/failure.js';
import { newAttempt, shardPair, writes } from '../support/shards.js';

const OPEN_ELSEWHERE = { isActive: () => false };

/** The shard, with something that happens right after it was asked. */
function after(shard: Shard, asked: 'find', then: () => Promise<unknown>): Shard {
  return new Proxy(shard, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const method = member.bind(target) as (...args: unknown[]) => unknown;
      if (name !== asked) return method;
      return async (...args: unknown[]) => {
        const result = await method(...args);
        await then();
        return result;
      };
    },
  });
}

describe('P6: a transaction whose outcome was looked up as aborted', () => {
  it('does not commit by a later attempt, where one was prepared while its outcome was looked up', async () => {
    const pair = await shardPair({ patienceMs: 600_000 });
    const attempt = newAttempt();
    const id = transactionOf(attempt);
    const prepares = after(pair.s2, 'find', () => pair.s2.prepare(writes('s2', attempt, 'x', 'first')));
    const outcome = await lookUpOutcome(id, [pair.s1, prepares], OPEN_ELSEWHERE, async () => 0);
    expect(outcome).to.deep.equal({ status: 'aborted' });
    await failure(pair.s2.commit(writes('s2', attemptOf(id, 2), 'x', 'second')), 'Conflict');
    await failure(pair.s1.commit(writes('s1', attemptOf(id, 2), 'a', 'second')), 'Conflict');
  });

  it('is so at once, where a shard has not yet heard that what it prepared is aborted', async () => {
    const pair = await shardPair({ patienceMs: 600_000 });
    const attempt = newAttempt();
    await pair.s2.prepare(writes('s2', attempt, 'x', 'first'));
    await pair.s1.decide({ transaction: attempt, decision: {}, participants: ['s1', 's2'] });
    const outcome = await lookUpOutcome(transactionOf(attempt), [pair.s1, pair.s2], OPEN_ELSEWHERE, async () => 0);
    expect(outcome).to.deep.equal({ status: 'aborted' });
    await failure(pair.s2.commit(writes('s2', attemptOf(transactionOf(attempt), 2), 'x', 'second')), 'Conflict');
  });
});
