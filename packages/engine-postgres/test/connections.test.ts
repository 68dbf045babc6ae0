import { TcpProxy } from '@pandakv/conformance';
import type { Engine } from '@pandakv/core/engine';
import { PandaError } from '@pandakv/core/engine';
import { plugin } from '@pandakv/engine-postgres';
import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ask,
  bytes,
  cleanUp,
  closeLater,
  connect,
  expectCode,
  get,
  GUARD,
  hex,
  mismatches,
  newDatabase,
  openAt,
  ownServer,
} from './support.js';
import { FrontendMessages } from './frontend-messages.js';

const codeOf = (error: unknown): string => (PandaError.is(error) ? error.code : String(error));

/** `answered`, or the code of the error. */
async function outcomeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'answered';
  } catch (error) {
    return codeOf(error);
  }
}

/** Locks the table beside the engine, until it is let go. */
async function lockTable(url: string): Promise<() => Promise<void>> {
  const client = await connect(url);
  await client.query('BEGIN');
  await client.query('LOCK TABLE panda IN ACCESS EXCLUSIVE MODE');
  return async () => {
    await client.query('ROLLBACK');
  };
}

const connectionsOf = async (url: string): Promise<number> =>
  Number(
    (
      await ask(url, `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'panda' AND datname = current_database()`)
    )[0]![0],
  );

describe('Connections', () => {
  afterEach(cleanUp);

  it('are never more than the options say, however much is asked at once', async () => {
    const url = await newDatabase();
    for (const connections of [1, 3]) {
      const engine = await openAt(url, { connections });
      const calls = Array.from({ length: 200 }, async (_, i): Promise<unknown> =>
        i % 4 === 0 ? engine.write({ puts: [[bytes(`k${i}`), bytes('v')]] }) : engine.get([bytes(`k${i}`)]),
      );
      await Promise.all(calls);
      expect(await connectionsOf(url)).to.equal(connections);
      await engine.close();
    }
  });

  it('that are all busy make calls wait, up to the limit of the queue, and then refuse them with Overloaded', async () => {
    const url = await newDatabase();
    const engine = await openAt(url, { connections: 3, queueMax: 5 });
    const unlock = await lockTable(url);
    const reads = Array.from({ length: 10 }, () => outcomeOf(() => engine.get([bytes('k')])));
    const writes = Array.from({ length: 8 }, () => outcomeOf(() => engine.write({ puts: [[bytes('k'), bytes('v')]] })));
    await delay(100);
    await expectCode('Overloaded', () => engine.get([bytes('k')]));
    await unlock();
    const count = (results: string[], what: string) => results.filter((result) => result === what).length;
    expect([count(await Promise.all(reads), 'answered'), count(await Promise.all(reads), 'Overloaded')]).to.deep.equal([7, 3]);
    expect([count(await Promise.all(writes), 'answered'), count(await Promise.all(writes), 'Overloaded')]).to.deep.equal([6, 2]);
    expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes('v')));
  });

  it('that do not answer in time are given up, with every call that waits for them, and replaced', async () => {
    const url = await newDatabase();
    const engine = await openAt(url, { connections: 2, requestTimeoutMs: 300 });
    const unlock = await lockTable(url);
    const began = performance.now();
    const results = await Promise.all([
      ...Array.from({ length: 5 }, () => outcomeOf(() => engine.get([bytes('k')]))),
      ...Array.from({ length: 5 }, () => outcomeOf(() => engine.write({ puts: [[bytes('k'), bytes('v')]] }))),
      outcomeOf(() => engine.estimate({ start: bytes('') })),
    ]);
    expect(new Set(results)).to.deep.equal(new Set(['ShardUnavailable']));
    expect(performance.now() - began).to.be.below(2_000);
    await unlock();
    await engine.write({ puts: [[bytes('k'), bytes('new')]] });
    expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes('new')));
  });

  it('that were given up leave no statement behind at the server for long', async () => {
    const url = await newDatabase();
    const engine = await openAt(url, { requestTimeoutMs: 200 });
    const unlock = await lockTable(url);
    await expectCode('ShardUnavailable', () => engine.write({ puts: [[bytes('k'), bytes('v')]] }));
    const waiting = `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'panda' AND wait_event_type = 'Lock'`;
    for (let i = 0; i < 100 && Number((await ask(url, waiting))[0]![0]) > 0; i++) await delay(50);
    await unlock();
    expect(await get(engine, bytes('k'))).to.equal(undefined);
  });

  it('that the server ends while they are idle are replaced, and nobody notices', async () => {
    const url = await newDatabase();
    const engine = await openAt(url, { connections: 3 });
    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 20 }, async () => engine.get([bytes('k')])));
      await engine.write({ puts: [[bytes('k'), bytes(String(round))]] });
      await ask(url, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'panda'`);
      await delay(100);
      expect(hex(await get(engine, bytes('k')))).to.equal(hex(bytes(String(round))));
    }
  });

  it('that break after a write was sent leave its outcome unknown, and the guard tells it; nothing is sent twice', async () => {
    const url = await newDatabase();
    const proxy = closeLater(await TcpProxy.before(url));
    const messages = new FrontendMessages(proxy);
    const engine = await openAt(proxy.through(url), { connections: 2 });
    const beside = await openAt(url);
    await engine.write({ guard: { key: GUARD, expected: undefined, next: bytes('0') } });
    for (let n = 0; n < 10; n++) {
      messages.counts.clear();
      proxy.passesAnswers = false;
      const guard = { key: GUARD, expected: bytes(String(n)), next: bytes(String(n + 1)) };
      const write = expectCode('ShardUnavailable', () => engine.write({ guard, puts: [[bytes('k'), bytes(String(n))]] }));
      while (hex(await get(beside, GUARD)) !== hex(bytes(String(n + 1)))) await delay(5);
      proxy.cutAll();
      await write;
      expect(messages.counts.get('S') ?? 0).to.be.at.most(2);
      proxy.passesAnswers = true;
      expect(await mismatches(() => engine.write({ guard }))).to.equal(true);
      expect((await engine.get([GUARD, bytes('k')])).map(hex)).to.deep.equal([n + 1, n].map((i) => hex(bytes(String(i)))));
    }
  });

  it('to a server that stops answering fail in time, and closing does not wait for it', async function () {
    this.timeout(60_000);
    const server = await ownServer();
    const url = await server.createDatabase();
    const engine = await openAt(url, { requestTimeoutMs: 500, connectTimeoutMs: 500 });
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    await server.suspend();
    try {
      await expectCode('ShardUnavailable', () => engine.get([bytes('k')]));
      await expectCode('ShardUnavailable', () => engine.write({ puts: [[bytes('k'), bytes('new')]] }));
      await expectCode('ShardUnavailable', () => engine.get([bytes('k')]));
      await expectCode('ShardUnavailable', () => plugin.open({ url, connectTimeoutMs: 300 }));
      const began = performance.now();
      await engine.close();
      expect(performance.now() - began).to.be.below(3_000);
    } finally {
      await server.resume();
    }
  });
});

describe('A server that is killed and started again', () => {
  afterEach(cleanUp);

  /** Writes on until the server is gone; the last that was acknowledged, and whatever came after. */
  async function writeOn(engine: Engine, from: number): Promise<{ acknowledged: number; failure: unknown }> {
    let n = from;
    try {
      for (;;) {
        await engine.write({
          guard: { key: GUARD, expected: n === 0 ? undefined : bytes(String(n)), next: bytes(String(n + 1)) },
          puts: Array.from({ length: 20 }, (_, i) => [bytes(`k${i}`), Buffer.alloc(500, `${n + 1},`)] as const),
          deletes: [bytes(`only/${n}`)],
        });
        n++;
      }
    } catch (failure) {
      return { acknowledged: n, failure };
    }
  }

  it('has lost nothing that was acknowledged, has no half batch, and is found again by the engine', async function () {
    this.timeout(180_000);
    const server = await ownServer();
    const engine = await openAt(await server.createDatabase(), { requestTimeoutMs: 5_000 });
    let last = 0;
    for (const pause of [30, 150, 400]) {
      const writing = writeOn(engine, last);
      await delay(pause);
      await server.kill();
      const { acknowledged, failure } = await writing;
      expect(codeOf(failure)).to.equal('ShardUnavailable');
      await expectCode('ShardUnavailable', () => engine.get([GUARD]));
      await server.start();
      const [guard, ...rows] = await engine.get([GUARD, ...Array.from({ length: 20 }, (_, i) => bytes(`k${i}`))]);
      last = guard === undefined ? 0 : Number(Buffer.from(guard).toString());
      expect(last).to.be.within(acknowledged, acknowledged + 1);
      const expected = last === 0 ? undefined : hex(Buffer.alloc(500, `${last},`));
      expect(new Set(rows.map(hex))).to.deep.equal(new Set([expected]));
    }
  });
});
