import { expect } from 'chai';
import { openDatabase, PandaError, type Database, type DatabaseConfig } from '@pandakv/core';
import type { Engine, EngineSource } from '@pandakv/core/engine';
import { listed, openForTest, threeShards } from '../support/databases.js';
import { hooked, opened } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { newAttempt, writes } from '../support/shards.js';
import { leaveBehind } from '../support/left-behind.js';
import { onDisk, SHARDS, SPLITS, storesOf } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';
import { level } from '@pandakv/engine-level';

type Write = (apply: () => Promise<void>) => Promise<void>;

/** Calls to the engines, one after the other. */
const REFUSED = 4;
const NEVER = new Promise<never>(() => undefined);
const shape = (db: Database): string[] => db.ranges().map(({ start, shard }) => `${Buffer.from(start).toString()} ${shard}`);

/** The catalog lies with s1 at first. */
async function fill(db: Database): Promise<void> {
  await db.write(['a', 'l', 'x'].map((key) => ({ type: 'set', key, value: key }) as const));
}

describe('P8: the catalog', () => {
  it('goes elsewhere when the shard whose engine holds it is removed, and is found there', async () => {
    const folder = tempFolder();
    const config = await storesOf(folder);
    let db = await openDatabase(config);
    await fill(db);
    await db.drainShard('s1');
    await db.removeShard('s1');
    await db.split('m');
    await db.close();
    const rest = (await storesOf(folder)).shards.slice(1);
    db = await openForTest({ shards: rest });
    expect((await db.shards()).map(({ id }) => id)).to.deep.equal(['s2', 's3']);
    expect(await listed(db.scan({}))).to.deep.equal(['a=a', 'l=l', 'x=x']);
    expect(shape(db)).to.deep.equal([' s2', 'k s2', 'm s2', 't s3']);
    await db.close();
    const missing = await failure(openDatabase({ shards: [(await storesOf(folder)).shards[0]!] }), 'InvalidArgument');
    expect(missing.message).to.contain("'s2'");
  });

  it('stays with a shard of the database, also when it is asked to go where one is removed', async () => {
    const folder = tempFolder();
    const db = await openDatabase(await storesOf(folder));
    await fill(db);
    await db.drainShard('s3');
    await db.movesCleaned();
    const moving = db.moveCatalog('s3');
    await db.removeShard('s3');
    await moving;
    await failure(db.moveCatalog('s3'), 'InvalidArgument');
    await db.split('b');
    await db.close();
    const again = await openForTest({ shards: (await storesOf(folder)).shards.slice(0, 2) });
    await again.merge('b');
    expect(await listed(again.scan({}))).to.deep.equal(['a=a', 'l=l', 'x=x']);
  });

  it('stays with a shard of the database, also when none of them takes ranges', async () => {
    const db = await threeShards();
    await db.moveCatalog('s3');
    await db.drainShard('s3');
    await db.drainShard('s1');
    await failure(db.drainShard('s2'), 'InvalidArgument');
    await db.removeShard('s3');
    await db.split('b');
    expect((await db.shards()).map(({ id }) => id)).to.deep.equal(['s1', 's2']);
  });

  it('is asked for what became of its transactions wherever it is now', async () => {
    const folder = tempFolder();
    const db = await openDatabase(onDisk(folder));
    await db.moveCatalog('s2');
    await db.close();
    const ofThePast = { anchor: 'catalog@s1', participants: ['s1', 'catalog@s1'] };
    await leaveBehind(folder, async (s1) => {
      await s1.prepare(writes('s1', newAttempt(), 'a', 'never', ofThePast));
    });
    const again = await openForTest(onDisk(folder));
    expect(await again.get('a')).to.equal(undefined);
    expect((await again.status()).map(({ prepared }) => prepared)).to.deep.equal([0, 0, 0]);
  });

  it('changes its place while ranges change and clients commit', async () => {
    const db = await threeShards();
    await fill(db);
    const before = await db.retention.status();
    let isOver = false;
    const committing = (async () => {
      for (let at = 0; !isOver; at++) await db.write(['a', 'x'].map((key) => ({ type: 'set', key, value: `${at}` }) as const));
    })();
    const changing = (async () => {
      for (let at = 0; at < 20; at++) {
        await db.split(`b${at}`);
        await db.merge(`b${at}`);
      }
    })();
    for (const to of ['s2', 's3', 's1', 's2', 's2', 's1']) await db.moveCatalog(to);
    await changing;
    isOver = true;
    await committing;
    expect(shape(db)).to.deep.equal([' s1', 'k s2', 't s3']);
    expect((await db.retention.status()).prefixes).to.deep.equal(before.prefixes);
    await failure(db.moveCatalog('s9'), 'InvalidArgument');
  });

  it('cannot be written any more by who had it before, however often it changed its place', async () => {
    const { config } = await memoryShards();
    const old = await openForTest(config());
    await fill(old);
    const db = await openForTest(config());
    for (const to of ['s2', 's1']) await db.moveCatalog(to);
    // Where it has heard of it already, it waits for a leader that never comes.
    const error: unknown = await old.moveCatalog('s3').catch((reason: unknown) => reason);
    expect(PandaError.is(error, 'LeadershipLost') || PandaError.is(error, 'DeadlineExceeded'), String(error)).to.equal(true);
    await db.split('c');
    expect(shape(await openForTest(config()))).to.deep.equal([' s1', 'c s1', 'k s2', 't s3']);
  });

  it('is whole in one place, whenever the process dies while it changes', async () => {
    let deaths = 0;
    for (const isApplied of [false, true]) {
      for (let lives = 0; ; lives++) {
        const { config } = await memoryShards();
        let left = Infinity;
        const dying = await openDatabase(
          config(async (apply) => {
            if (left-- > 0) await apply();
            else {
              if (left === -1 && isApplied) await apply();
              await NEVER;
            }
          }),
        );
        await fill(dying);
        await dying.split('b');
        // What is committed behind answers by now counts too.
        left = lives;
        const moved = await Promise.race([dying.moveCatalog('s3').then(() => true), dead(() => left < 0)]);
        const db = await openForTest(config());
        expect(shape(db), `dies after ${lives} writes`).to.deep.equal([' s1', 'b s1', 'k s2', 't s3']);
        await db.split('c');
        await db.moveCatalog('s2');
        await db.drainShard('s1');
        await db.removeShard('s1');
        expect(await listed(db.scan({}))).to.deep.equal(['a=a', 'l=l', 'x=x']);
        if (moved) break;
        deaths++;
      }
    }
    expect(deaths).to.be.greaterThan(8);
  });

  it('is led by somebody, whenever the engines are out of reach while it changes its place', async () => {
    for (let first = 0, isReached = true; isReached; first += 3) {
      const { config } = await memoryShards();
      let left = Infinity;
      const call = (): void => {
        left--;
        if (left < 0 && left >= -REFUSED) throw new PandaError('ShardUnavailable', 'Refused for the test.');
      };
      const write = async (apply: () => Promise<void>): Promise<void> => {
        call();
        await apply();
      };
      const db = await openForTest(config(write, call));
      await db.split('b');
      left = first;
      await db.moveCatalog('s3').catch((error: unknown) => expect(PandaError.is(error, 'ShardUnavailable')).to.equal(true));
      isReached = left < 0;
      await db.split('c');
      expect(shape(db), `refuses after ${first} calls`).to.deep.equal([' s1', 'b s1', 'c s1', 'k s2', 't s3']);
      await db.close();
    }
  });
});

/** Three shards in memory that stay when a database over them is closed, or abandoned. */
async function memoryShards(): Promise<{ config: (write?: Write, read?: () => void) => DatabaseConfig }> {
  const sources = SHARDS.map((): EngineSource => level({ memory: true }));
  const engines: Engine[] = await Promise.all(sources.map((source) => source.plugin.open(source.options)));
  return {
    config: (write, read) => {
      const shards = SHARDS.map((id, at) => {
        const engine = opened(engines[at]!, sources[at]!);
        if (write === undefined) return { id, engine };
        return { id, engine: hooked(engine, { ...(read && { get: read, scan: read }), write: (_batch, apply) => write(apply) }) };
      });
      return { shards, splits: SPLITS };
    },
  };
}

async function dead(isDead: () => boolean): Promise<false> {
  while (!isDead()) await new Promise((resolve) => setTimeout(resolve, 1));
  return false;
}
