import { expect } from 'chai';
import type { WriteBatch } from '@pandakv/core/engine';
import { text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { until } from '../support/until.js';

const spaceOf = (key: Uint8Array) => Buffer.from(key).toString('latin1', 0, 1);

/** What a batch does with prepared (p), outcome (o) and current (d) rows: `p+` puts, `p-` deletes. */
function tagsOf(batch: WriteBatch): string[] {
  const puts = (batch.puts ?? []).map(([key]) => `${spaceOf(key)}+`);
  const deletes = (batch.deletes ?? []).map((key) => `${spaceOf(key)}-`);
  return [...new Set([...puts, ...deletes])].filter((tag) => /[pod]/.test(tag));
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 40));

describe('the coordinator', () => {
  it('answers after one round of prepares, before the outcome is durable at the anchor', async () => {
    let holding = false;
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const db = await threeShards((source) =>
      hooked(source, {
        write: async (batch, apply) => {
          if (holding && tagsOf(batch).includes('o+')) await held;
          await apply();
        },
      }),
    );
    holding = true;
    await db.write(['a', 'k', 't'].map((key) => ({ type: 'set', key, value: 'new' }) as const));
    expect((await db.getMany(['a', 'k', 't'])).map(text)).to.deep.equal(['new', 'new', 'new']);
    release();
  });

  it("lets no participant give up its prepared row before the anchor's outcome is durable", async () => {
    const events: string[] = [];
    const db = await threeShards((source, shard) =>
      hooked(source, {
        write: async (batch, apply) => {
          const tags = tagsOf(batch);
          if (tags.includes('o+')) await settled();
          if (tags.includes('p-') && !tags.includes('o+')) events.push(`${shard} gives up`);
          await apply();
          if (tags.includes('o+')) events.push(`${shard} has the outcome`);
        },
      }),
    );
    await db.write(['a', 'k', 't'].map((key) => ({ type: 'set', key, value: 'new' }) as const));
    await until(() => events.length >= 3);
    expect(events[0]).to.equal('s1 has the outcome');
    expect(events.slice(1).sort()).to.deep.equal(['s2 gives up', 's3 gives up']);
  });

  it('aborts durably at the anchor when a participant refuses, and leaves no lock', async () => {
    const tags: string[] = [];
    const db = await threeShards((source, shard) =>
      hooked(source, {
        write: async (batch, apply) => {
          tags.push(...tagsOf(batch).map((tag) => `${shard} ${tag}`));
          await apply();
        },
      }),
    );
    const transaction = db.begin();
    expect(await transaction.get('x')).to.equal(undefined);
    await db.write([{ type: 'set', key: 'x', value: 'between' }]);
    transaction.set('a', 'mine');
    transaction.set('x', 'mine');
    await failure(transaction.commit(), 'Conflict');
    expect(tags).to.include('s1 o+');
    await until(async () => (await db.status()).every(({ prepared }) => prepared === 0));
    expect(text(await db.get('a'))).to.equal(undefined);
    expect(await db.outcome(transaction.id)).to.deep.equal({ status: 'aborted' });
  });

  it('finds out by recovery what became of a prepare whose answer was lost with its leader', async () => {
    let failing = false;
    const db = await threeShards((source, shard) =>
      hooked(source, {
        write: async (batch, apply) => {
          if (failing && shard === 's3' && tagsOf(batch).includes('p+')) throw new Error('down');
          await apply();
        },
      }),
    );
    failing = true;
    const transaction = db.begin();
    for (const key of ['a', 't']) transaction.set(key, 'new');
    await failure(transaction.commit(), 'ShardUnavailable');
    failing = false;
    expect(await db.outcome(transaction.id)).to.deep.equal({ status: 'aborted' });
    await db.write(['a', 't'].map((key) => ({ type: 'set', key, value: 'next' }) as const));
    expect((await db.getMany(['a', 't'])).map(text)).to.deep.equal(['next', 'next']);
  });

  it('makes older transactions go first, so that contended ones all get through', async () => {
    const db = await threeShards();
    const keys = ['a', 'k', 't'];
    await Promise.all(
      Array.from({ length: 12 }, async (_, worker) => {
        for (let i = 0; i < 10; i++) {
          const mine = [keys[worker % 3]!, keys[(worker + 1 + (i % 2)) % 3]!];
          await db.transact(async (transaction) => {
            for (const key of mine) transaction.set(key, String(Number(text(await transaction.get(key)) ?? 0) + 1));
          });
        }
      }),
    );
    const total = (await db.getMany(keys)).reduce((sum, value) => sum + Number(text(value)), 0);
    expect(total).to.equal(240);
  });
});
