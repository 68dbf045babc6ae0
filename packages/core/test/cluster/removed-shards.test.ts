import { expect } from 'chai';
import { openDatabase } from '@pandakv/core';
import { ROW_SPACE } from '@pandakv/core/parts';
import type { Shard } from '@pandakv/core/shard';
import { level } from '@pandakv/engine-level';
import { openForTest } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { leaveBehind } from '../support/left-behind.js';
import { newAttempt, ROUTES, writes } from '../support/shards.js';
import { onDisk } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

const OF_TWO = { anchor: 's3', participants: ['s1', 's3'] } as const;

/** Leaves a transaction that s1 has prepared and s3 anchors, and a commit of which s3 has not heard. */
async function leaveUnfinished(s1: Shard): Promise<void> {
  await s1.prepare(writes('s1', newAttempt(), 'a', 'never', { ...OF_TWO }));
  const transaction = newAttempt();
  const committedAt = await s1.prepare(writes('s1', transaction, 'b', 'committed', { ...OF_TWO, anchor: 's1' }));
  await s1.decide({ transaction, decision: { committedAt }, participants: OF_TWO.participants });
}

describe('P5: what a shard took part in that was removed', () => {
  it('does not wait for it: what it has not prepared is aborted, and what it has not heard is forgotten', async () => {
    const folder = tempFolder();
    const config = onDisk(folder);
    const db = await openDatabase(config);
    await db.drainShard('s3');
    await db.removeShard('s3');
    await db.close();
    expect(ROUTES.s1).to.deep.equal([{ id: 'r1', epoch: 1 }]);
    await leaveBehind(folder, leaveUnfinished);
    const again = await openForTest({ shards: config.shards.slice(0, 2) });
    expect(await again.get('a')).to.equal(undefined);
    expect(Buffer.from((await again.get('b'))!).toString()).to.equal('committed');
    await again.write([{ type: 'set', key: 'a', value: 'free' }]);
    const status = await again.status();
    expect(status.map(({ prepared, unfinishedOutcomes }) => [prepared, unfinishedOutcomes])).to.deep.equal([
      [0, 0],
      [0, 0],
    ]);
  });

  it('is heard by all before it is removed', async () => {
    let isDeaf = false;
    const deaf = hooked(level({ memory: true }), {
      write: (batch, apply) => {
        const finishes = batch.deletes?.some((key) => key[0] === ROW_SPACE.prepared.charCodeAt(0)) ?? false;
        return isDeaf && finishes ? Promise.reject(new Error('the disk is gone')) : apply();
      },
    });
    const db = await openForTest({
      shards: [
        { id: 's1', engine: level({ memory: true }) },
        { id: 's2', engine: deaf },
        { id: 's3', engine: level({ memory: true }) },
      ],
      splits: [
        { key: 'k', shard: 's2' },
        { key: 't', shard: 's3' },
      ],
    });
    isDeaf = true;
    await db.transact((transaction) => {
      transaction.set('x', 'on s3');
      transaction.set('l', 'on s2');
    });
    await db.drainShard('s3');
    await failure(db.removeShard('s3'), 'ShardUnavailable');
    expect((await db.status()).map(({ id }) => id)).to.contain('s3');
    isDeaf = false;
    await db.removeShard('s3');
    expect(Buffer.from((await db.get('l'))!).toString()).to.equal('on s2');
    expect(Buffer.from((await db.get('x'))!).toString()).to.equal('on s3');
  });
});
