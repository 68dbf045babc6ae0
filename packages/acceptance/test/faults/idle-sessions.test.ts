import { setTimeout } from 'node:timers/promises';
import { systemEnvironment, timestampAt } from '@pandakv/core';
import { createShard, DEFAULT_SHARD_SETTINGS, openLeader, type PrepareRequest, type Shard } from '@pandakv/core/shard';
import { startServer, type Server } from '@pandakv/testbed';
import { expect } from 'chai';
import { openEngine } from '../../dist/plugins.js';

const TIMEOUT_MS = 120_000;
const LAYOUT = [
  { id: 'r1', start: '', end: 'k', shard: 'mariadb' },
  { id: 'r2', start: 'k', end: undefined, shard: 'postgres' },
];
/** Servers that end a session after a second without a word. */
const SETTINGS = {
  mariadb: { 'wait-timeout': '1', 'interactive-timeout': '1', 'idle-transaction-timeout': '1' },
  postgres: { idle_session_timeout: '1s', idle_in_transaction_session_timeout: '1s' },
} as const;
const IDLE_MS = 2_500;

describe('servers that end idle sessions', function () {
  this.timeout(TIMEOUT_MS);
  const servers: Server[] = [];
  const shards = new Map<string, Shard>();
  before(async () => {
    for (const kind of ['mariadb', 'postgres'] as const) {
      const server = await startServer(kind, { settings: SETTINGS[kind] });
      servers.push(server);
      const engine = await openEngine(kind, { url: await server.createDatabase() });
      await createShard(engine, { database: 'test', shard: kind, layout: LAYOUT });
      const peer = (id: string) => shards.get(id);
      // Nobody comes to finish it meanwhile.
      const settings = { ...DEFAULT_SHARD_SETTINGS, patienceMs: 600_000 };
      shards.set(kind, await openLeader({ id: kind, engine, environment: systemEnvironment, settings, peer, clockFloor: 0 }));
    }
  });
  after(async () => {
    await Promise.all([...shards.values()].map((shard) => shard.close()));
    await Promise.all(servers.map((server) => server.close()));
  });

  it('end no prepared transaction: it commits when its coordinator comes back', async () => {
    const transaction = `${'0'.repeat(20)}a.1`;
    const participants = [...shards.keys()];
    const all = [...shards.values()];
    const keys = ['a', 'x'];
    const promises = await Promise.all(
      all.map((shard, at) => shard.prepare(requestOf(transaction, participants, at, keys[at]!))),
    );
    await setTimeout(IDLE_MS);
    const decision = { committedAt: Math.max(...promises) };
    expect(await all[0]!.decide({ transaction, decision, participants })).to.include(decision);
    await all[1]!.apply(transaction, decision);
    for (const [at, shard] of all.entries()) {
      const routes = [{ id: `r${at + 1}`, epoch: 1 }];
      const [version] = await shard.read({ routes, keys: [keys[at]!], timestamp: decision.committedAt });
      expect(Buffer.from(version!.value!).toString()).to.equal('new');
      expect((await shard.status()).prepared).to.equal(0);
    }
  });
});

function requestOf(transaction: string, participants: readonly string[], at: number, key: string): PrepareRequest {
  return {
    transaction,
    anchor: participants[0]!,
    participants,
    routes: [{ id: `r${at + 1}`, epoch: 1 }],
    readTimestamp: timestampAt(systemEnvironment.now()),
    expiry: timestampAt(systemEnvironment.now() + 10_000),
    readKeys: [],
    readVersions: [],
    readSpans: [],
    writeKeys: [key],
    writeValues: [Buffer.from('new')],
    preconditions: [],
  };
}
