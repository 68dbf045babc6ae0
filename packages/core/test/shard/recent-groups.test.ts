import { expect } from 'chai';
import type { Engine } from '@pandakv/core/engine';
import type { ExportedChanges, JournalPlace, Leader } from '@pandakv/core/shard';
import { SEED, withSeed } from '../support/random.js';
import { newAttempt, nowTimestamp, ROUTES, shardPair, writes, type ShardPair } from '../support/shards.js';

const SPAN = { start: 'b', end: 'f' };
const KEYS = ['a', 'b', 'b\0', 'c', 'cc', 'e\xff', 'f', 'g'];
const MAX_BYTES = 64 * 1024;

/** A shard whose engine's reads are counted. */
async function countedPair(): Promise<{ pair: ShardPair; reads: () => number }> {
  let reads = 0;
  const pair = await shardPair({}, (engine, shard) => {
    if (shard !== 's1') return engine;
    const counted: Engine = {
      capabilities: engine.capabilities,
      get: (keys) => (reads++, engine.get(keys)),
      scan: (range, options) => (reads++, engine.scan(range, options)),
      write: (batch) => engine.write(batch),
      estimate: (range) => engine.estimate(range),
      close: () => engine.close(),
    };
    return counted;
  });
  return { pair, reads: () => reads };
}

/** A copy of a span's rows that is brought up to date by what the shard tells. */
class Follower {
  readonly rows = new Map<string, string>();
  readonly #pair: ShardPair;
  place: JournalPlace = { sequence: 0 };

  constructor(pair: ShardPair) {
    this.#pair = pair;
  }

  async follow(maxBytes = MAX_BYTES): Promise<void> {
    for (let lag = Infinity; lag > 0;) {
      const { transfer } = this.#pair.s1 as Leader;
      const changes: ExportedChanges = await transfer.exportChanges({
        range: ROUTES.s1[0],
        span: SPAN,
        after: this.place,
        maxBytes,
      });
      for (const [key, row] of changes.rows) this.rows.set(textOf(key), textOf(row));
      for (const key of changes.deletes) this.rows.delete(textOf(key));
      ({ place: this.place, lag } = changes);
    }
  }
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const sorted = (rows: Follower['rows']): [string, string][] => [...rows].sort(([one], [other]) => (one < other ? -1 : 1));

async function commitAll(pair: ShardPair, commits: readonly (readonly [key: string, value: string | null])[]): Promise<void> {
  await Promise.all(commits.map(([key, value]) => pair.s1.commit(writes('s1', newAttempt(), key, value))));
}

describe(`what a shard has written of late (PANDA_SEED=${SEED})`, () => {
  it('is told without reading it again, and is what the journal tells', async () => {
    await withSeed(async (random) => {
      const { pair, reads } = await countedPair();
      const follower = new Follower(pair);
      await follower.follow();
      for (let round = 0; round < 60; round++) {
        const commits = Array.from({ length: 1 + Math.floor(random() * 12) }, (_, at) => {
          const key = KEYS[Math.floor(random() * KEYS.length)]!;
          return [key, random() < 0.2 ? null : `${round}.${at}`] as const;
        });
        await commitAll(pair, commits);
        // What is more than was asked for is read from the journal.
        if (random() < 0.2) await follower.follow(1);
        else if (random() < 0.7) {
          const before = reads();
          await follower.follow();
          expect(reads()).to.equal(before);
        }
      }
      await follower.follow();
      await pair.restart();
      const late = new Follower(pair);
      await late.follow();
      expect(sorted(follower.rows)).to.deep.equal(sorted(late.rows));
      expect(follower.rows.size).to.be.greaterThan(0);
    });
  });

  it('is forgotten when nobody asks any more, and is read from the journal then', async () => {
    const { pair, reads } = await countedPair();
    const follower = new Follower(pair);
    await follower.follow();
    for (let number = 0; number < 6; number++) await commitAll(pair, [['c', String(number).repeat(1_000_000)]]);
    const before = reads();
    await follower.follow(8_000_000);
    expect(reads()).to.be.greaterThan(before);
    expect([...follower.rows.values()].some((row) => row.endsWith('5'.repeat(1_000_000)))).to.equal(true);
    await commitAll(pair, [['c', 'last']]);
    const after = reads();
    await follower.follow(8_000_000);
    expect(reads()).to.equal(after);
    const [version] = await pair.s1.read({ routes: ROUTES.s1, keys: ['c'], timestamp: nowTimestamp(), latest: true });
    expect(textOf(version!.value!)).to.equal('last');
  });
});
