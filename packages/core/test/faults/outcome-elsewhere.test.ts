import { systemEnvironment, type Environment } from '@pandakv/core';
import { Catalog, Coordinator, Database, HybridClock, Router, ShardDirectory, Statistics } from '@pandakv/core/parts';
import { expect } from 'chai';
import { text } from '../support/databases.js';
import { shardPair, type ShardPair } from '../support/shards.js';

/** As much as a leader accepts, nearly. */
const AHEAD_MS = 400;

/** A client of the shards with a clock of its own. */
function clientOf({ s1, s2 }: ShardPair, environment: Environment): Database {
  const shards = new ShardDirectory();
  for (const shard of [s1, s2]) shards.add(shard);
  const catalog = new Catalog([
    { id: 'r1', start: '', end: 'k', shard: 's1', epoch: 1 },
    { id: 'r2', start: 'k', end: undefined, shard: 's2', epoch: 1 },
  ]);
  const clock = new HybridClock(environment, 500);
  const router = new Router(catalog, (id) => shards.get(id));
  const statistics = new Statistics();
  const coordinator = new Coordinator({ environment, clock, router, statistics });
  return new Database({ environment, clock, router, coordinator, shards, statistics });
}

describe('who learns the outcome of a transaction from another client than the one that committed it', () => {
  it('sees what it wrote from then on, though the clock of that client is ahead', async () => {
    const pair = await shardPair();
    const ahead = clientOf(pair, { ...systemEnvironment, now: () => systemEnvironment.now() + AHEAD_MS });
    const behind = clientOf(pair, systemEnvironment);
    for (const keys of [['a'], ['b', 'x']]) {
      const transaction = ahead.begin();
      for (const key of keys) transaction.set(key, 'new');
      await transaction.commit();
      expect((await behind.outcome(transaction.id)).status).to.equal('committed');
      expect((await behind.getMany(keys)).map(text)).to.deep.equal(keys.map(() => 'new'));
    }
  });
});
