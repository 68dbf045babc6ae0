import { expect } from 'chai';
import { PandaError, type Engine } from '@pandakv/core/engine';
import type { Leader } from '@pandakv/core/shard';
import { newAttempt, nowTimestamp, shardPair, writes } from '../support/shards.js';
import { until } from '../support/until.js';

const HISTORY = { start: Buffer.from('h'), end: Buffer.from('i') };

async function versionsIn(engine: Engine): Promise<number> {
  return (await engine.scan(HISTORY, { limit: 100, maxBytes: Infinity })).entries.length;
}

describe('what a collector has not removed', () => {
  it('is removed later, also where a prefix comes to be kept by itself before its removal fails', async () => {
    let isToFail = false;
    let isWaiting = false;
    let fail!: () => void;
    const failing = new Promise<void>((resolve) => (fail = resolve));
    const pair = await shardPair({}, (engine, shard) => {
      if (shard !== 's1') return engine;
      return {
        capabilities: engine.capabilities,
        get: (keys) => engine.get(keys),
        scan: (range, options) => engine.scan(range, options),
        async write(batch) {
          if (isToFail && (batch.deletes ?? []).length > 0) {
            isWaiting = true;
            await failing;
            throw new PandaError('ShardUnavailable', 'The disk is full');
          }
          await engine.write(batch);
        },
        estimate: (range) => engine.estimate(range),
        close: () => engine.close(),
      };
    });
    const [engine] = pair.engines;
    const { collection } = pair.s1 as Leader;
    for (const value of ['1', '2', '3']) await pair.s1.commit(writes('s1', newAttempt(), 'a', value));
    expect(await versionsIn(engine)).to.equal(2);
    const timestamp = nowTimestamp() + 2 ** 40;
    const whole = { prefix: '', timestamp };
    isToFail = true;
    await collection.collect({ thresholds: [whole], journalBefore: undefined });
    await until(() => isWaiting);
    await collection.collect({ thresholds: [whole, { prefix: 'a', timestamp }], journalBefore: undefined });
    fail();
    await collection.collected();
    isToFail = false;
    expect(await versionsIn(engine)).to.equal(2);
    await collection.collect({ thresholds: [whole, { prefix: 'a', timestamp }], journalBefore: undefined });
    await collection.collected();
    expect(await versionsIn(engine)).to.equal(0);
  });
});
