import { expect } from 'chai';
import { prefix, type Database } from '@pandakv/core';
import { level } from '@pandakv/engine-level';
import { listed, threeShards } from './support/databases.js';
import { hooked } from './support/engines.js';
import { tempFolder } from './support/temp-folder.js';

interface Trips {
  get: number;
  scan: number;
  write: number;
}

/** Engines with a disk and engines in memory must cost the same trips. */
const ENGINES = [
  { name: 'classic-level', source: () => level({ location: tempFolder() }) },
  { name: 'memory-level', source: () => level({ memory: true }) },
];

for (const { name, source } of ENGINES) {
  describe(`trips to the engine before the caller is answered (${name})`, () => {
    const byShard = new Map<string, Trips>();
    let db: Database;

    beforeEach(async () => {
      byShard.clear();
      db = await threeShards(
        (_, shard) => {
          const trips: Trips = { get: 0, scan: 0, write: 0 };
          byShard.set(shard, trips);
          return hooked(source(), {
            get: () => trips.get++,
            scan: () => trips.scan++,
            write: (_batch, apply) => {
              trips.write++;
              return apply();
            },
          });
        },
        { leaseWindowMs: 20_000, maxClockOffsetMs: 30_000, lazyFlushMs: 60_000 },
      );
      for (const trips of byShard.values()) Object.assign(trips, { get: 0, scan: 0, write: 0 });
    });

    /** The trips that the work takes, by shard; shards without any left out. */
    async function tripsOf(work: () => Promise<unknown>): Promise<Record<string, Partial<Trips>>> {
      const before = new Map([...byShard].map(([shard, trips]) => [shard, { ...trips }]));
      await work();
      const result: Record<string, Partial<Trips>> = {};
      for (const [shard, trips] of byShard) {
        const made = Object.entries(trips).map(
          ([kind, count]) => [kind, count - before.get(shard)![kind as keyof Trips]] as const,
        );
        const some = made.filter(([, count]) => count > 0);
        if (some.length > 0) result[shard] = Object.fromEntries(some);
      }
      return result;
    }

    it('get: none when cached', async () => {
      await db.write([{ type: 'set', key: 'a', value: '1' }]);
      expect(await tripsOf(() => db.get('a'))).to.deep.equal({});
    });

    it('get: one when not cached', async () => {
      await listed(db.scan({}));
      const small = await threeShards(
        (_, shard) => {
          const trips: Trips = { get: 0, scan: 0, write: 0 };
          byShard.set(shard, trips);
          return hooked(source(), { get: () => trips.get++, scan: () => trips.scan++ });
        },
        { leaseWindowMs: 20_000, maxClockOffsetMs: 30_000 },
        1,
      );
      await small.write([{ type: 'set', key: 'a', value: '1' }]);
      expect(await tripsOf(() => small.get('a'))).to.deep.equal({ s1: { get: 1 } });
    });

    it('scan of a page: one; two where history is needed; none where nothing can be', async () => {
      expect(await tripsOf(() => listed(db.scan({ end: 'k' })))).to.deep.equal({});
      await db.write([{ type: 'set', key: 'a', value: '1' }]);
      const before = db.snapshot();
      expect(await tripsOf(() => listed(db.scan({ end: 'k' })))).to.deep.equal({ s1: { scan: 1 } });
      await db.write([{ type: 'set', key: 'a', value: '2' }]);
      expect(await tripsOf(() => listed(before.scan({ end: 'k' })))).to.deep.equal({ s1: { scan: 2 } });
    });

    it('scan of a few rows at the head or the tail of a queue: none', async () => {
      for (let at = 10; at < 40; at++) await db.write([{ type: 'set', key: `a/${at}`, value: `${at}` }]);
      for (let at = 10; at < 20; at++) await db.write([{ type: 'delete', key: `a/${at}` }]);
      const some = (options: { limit: number; reverse?: boolean }) => async () => listed(db.scan(prefix('a/'), options));
      const trips: unknown[] = [];
      const results: unknown[] = [];
      for (const options of [{ limit: 3 }, { limit: 2, reverse: true }, { limit: 30 }, { limit: 30, reverse: true }]) {
        trips.push(await tripsOf(async () => results.push(await some(options)())));
      }
      const all = Array.from({ length: 20 }, (_, at) => `a/${at + 20}=${at + 20}`);
      expect(results).to.deep.equal([all.slice(0, 3), all.slice(-2).reverse(), all, all.toReversed()]);
      expect(trips).to.deep.equal([{}, {}, {}, {}]);
    });

    it('commit on one shard, having read what it writes: one write', async () => {
      await db.write([{ type: 'set', key: 'a', value: '1' }]);
      const trips = await tripsOf(() =>
        db.transact(async (transaction) => {
          await transaction.get('a');
          transaction.set('a', '2');
        }),
      );
      expect(trips).to.deep.equal({ s1: { write: 1 } });
    });

    it('commits on one shard at once: one write for the whole group', async () => {
      const trips = await tripsOf(() =>
        Promise.all(Array.from({ length: 24 }, (_, i) => db.write([{ type: 'set', key: `a${i}`, value: 'x' }]))),
      );
      expect(trips).to.deep.equal({ s1: { write: 1 } });
    });

    it('commits that write what is not cached: one look-up for the whole group, or one each where the engine answers at once', async () => {
      const small = await threeShards(
        (_, shard) => {
          const trips: Trips = { get: 0, scan: 0, write: 0 };
          byShard.set(shard, trips);
          return hooked(source(), { get: () => trips.get++, scan: () => trips.scan++ });
        },
        { leaseWindowMs: 20_000, maxClockOffsetMs: 30_000 },
        1,
      );
      const writes = (value: string): Promise<unknown> =>
        Promise.all(Array.from({ length: 24 }, (_, i) => small.write([{ type: 'set', key: `a${i}`, value }])));
      await writes('1');
      await small.get('a0');
      expect(await tripsOf(() => writes('2'))).to.deep.equal({ s1: { get: name === 'classic-level' ? 1 : 24 } });
    });

    it('commit on n shards: one write each, in parallel', async () => {
      const trips = await tripsOf(() => db.write(['a', 'k', 't'].map((key) => ({ type: 'set', key, value: '1' }) as const)));
      expect(trips).to.deep.equal({ s1: { write: 1 }, s2: { write: 1 }, s3: { write: 1 } });
    });
  });
}
