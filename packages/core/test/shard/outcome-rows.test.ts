import { expect } from 'chai';
import type { Engine } from '@pandakv/core/engine';
import { withHooks } from '../support/engines.js';
import { newAttempt, shardPair, writes, type ShardPair } from '../support/shards.js';

const BRIEF = { outcomeRetentionMs: 30, patienceMs: 40, maxClockOffsetMs: 60, leaseWindowMs: 50 };
const WITHIN_MS = 3_000;

async function outcomeRows(engine: Engine): Promise<number> {
  const range = { start: Buffer.from('o'), end: Buffer.from('p') };
  return (await engine.scan(range, { limit: 100, maxBytes: 100_000 })).entries.length;
}

/** Waits until the shards hold no outcome row any more. */
async function rowsLeft(pair: ShardPair): Promise<number> {
  const counts = async (): Promise<number> => {
    const [one, other] = await Promise.all(pair.engines.map(outcomeRows));
    return one! + other!;
  };
  const endMs = Date.now() + WITHIN_MS;
  let left = await counts();
  while (left > 0 && Date.now() < endMs) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    left = await counts();
  }
  return left;
}

describe('the row of an outcome', () => {
  for (const [how, abort] of Object.entries({
    'an outcome was looked up': (pair: ShardPair) => pair.s1.forbid(newAttempt()),
    'a recovery asked for a vote': (pair: ShardPair) => pair.s1.vote(newAttempt()),
    'a recovery was asked for': (pair: ShardPair) => pair.s1.resolve({ transaction: newAttempt(), participants: ['s1', 's2'] }),
  })) {
    it(`of an abort is removed in its time, on shards that nobody uses any more: ${how}`, async () => {
      const pair = await shardPair(BRIEF);
      await abort(pair);
      expect(await rowsLeft(pair)).to.equal(0);
    });
  }

  for (const commits of [true, false]) {
    it(`of ${commits ? 'a commit' : 'an abort'} is removed although the engine once failed to`, async () => {
      let failures = 0;
      const removes = (deletes: readonly Uint8Array[] = []) => deletes.some((key) => key[0] === 'o'.charCodeAt(0));
      const pair = await shardPair(BRIEF, (engine) =>
        withHooks(engine, {
          write: async (batch, apply) => {
            if (removes(batch.deletes) && ++failures <= 4) throw new Error('no space');
            await apply();
          },
        }),
      );
      const transaction = newAttempt();
      const promises = await Promise.all([
        pair.s1.prepare(writes('s1', transaction, 'a', 'new')),
        pair.s2.prepare(writes('s2', transaction, 'x', 'new')),
      ]);
      const decision = commits ? { committedAt: Math.max(...promises) } : {};
      await pair.s1.decide({ transaction, decision, participants: ['s1', 's2'] });
      expect(await rowsLeft(pair)).to.equal(0);
      expect(failures).to.be.greaterThan(4);
    });
  }
});
