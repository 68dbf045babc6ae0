import { setTimeout } from 'node:timers/promises';
import { openDatabase } from '@pandakv/core';
import { mysql } from '@pandakv/engine-mysql';
import { postgres } from '@pandakv/engine-postgres';
import { startServer, type Server } from '@pandakv/testbed';
import { expect } from 'chai';
import { SEED, seededRandom } from './random.js';
import { Transfers } from './transfers.js';

const KILLS = 50;
const CLIENTS = 8;
const ACCOUNTS = 12;

describe(`P10, P11: kill -9 of a database server during cross-shard transfers (PANDA_SEED=${SEED})`, () => {
  it(`${KILLS} times in a row: the total is right, and nothing acknowledged is lost`, async function () {
    this.timeout(600_000);
    const random = seededRandom(SEED);
    const servers = await Promise.all([startServer('mariadb'), startServer('postgres')]);
    const urls = await Promise.all(servers.map((server) => server.createDatabase()));
    const config = {
      shards: [
        { id: 's1', engine: mysql({ url: urls[0]!, table: 's1' }) },
        { id: 's2', engine: postgres({ url: urls[1]!, table: 's2' }) },
        { id: 's3', engine: mysql({ url: urls[0]!, table: 's3' }) },
      ],
      splits: [
        { key: 'k', shard: 's2' },
        { key: 't', shard: 's3' },
      ],
    };
    try {
      const db = await openDatabase(config);
      const transfers = new Transfers(db, ['a', 'k', 't'], ACCOUNTS, random);
      await transfers.fill();
      const running = Promise.all(Array.from({ length: CLIENTS }, () => transfers.run()));
      const killing = killAndStart(servers, random, () => transfers.acknowledged);
      await Promise.race([killing, running]);
      await killing;
      transfers.stop();
      await running;
      await transfers.checkAll();
      await db.close();
      const again = await openDatabase(config);
      try {
        for (const { prepared, unfinishedOutcomes } of await again.status()) expect(prepared + unfinishedOutcomes).to.equal(0);
        await new Transfers(again, ['a', 'k', 't'], ACCOUNTS, random).checkTotal();
      } finally {
        await again.close();
      }
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  });
});

/** One server or the other, at a random moment of some work; and on only once transfers are acknowledged again. */
async function killAndStart(servers: readonly Server[], random: () => number, acknowledged: () => number): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged();
    while (acknowledged() === before) await setTimeout(5);
    await setTimeout(random() * 60);
    const server = servers[Math.floor(random() * servers.length)]!;
    await server.kill();
    await server.start();
  }
}
