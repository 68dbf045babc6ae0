import { expect } from 'chai';
import type { CallOptions, Database } from '@pandakv/core';
import type { Engine, EngineSource, MaybePromise } from '@pandakv/core/engine';
import { listed, text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';

/** Every call that takes a deadline and a signal, where it would wait for the engine. */
const CALLS: readonly [name: string, call: (db: Database, options: CallOptions) => Promise<unknown>][] = [
  ['get', (db, options) => db.get('a', options)],
  ['getMany', (db, options) => db.getMany(['a', 'x'], options)],
  ['scan', (db, options) => listed(db.scan({}, options))],
  ['scan into an array', (db, options) => db.scan({}, options).toArray()],
  ['get of a snapshot', (db, options) => db.snapshot().get('a', options)],
  ['getMany of a snapshot', (db, options) => db.snapshot().getMany(['a', 'x'], options)],
  ['scan of a snapshot', (db, options) => listed(db.snapshot().scan({}, options))],
  ['latestTimestamp', (db, options) => db.latestTimestamp({}, options)],
  ['outcome', (db, options) => db.outcome(db.newTransactionId(), options)],
  ['split', (db, options) => db.split('c', options)],
  ['merge', (db, options) => db.merge('c', options)],
  ['history', (db, options) => taken(db.history('a', options))],
  ['shards', (db, options) => db.shards(options)],
  ['moveCatalog', (db, options) => db.moveCatalog('s2', options)],
  ['retention.set', (db, options) => db.retention.set(60_000, options)],
  ['retention.protect', (db, options) => db.retention.protect('test', db.snapshot().timestamp, 60_000, options)],
  ['retention.release', (db, options) => db.retention.release('test', options)],
  ['retention.status', (db, options) => db.retention.status(options)],
  ['move', (db, { deadlineMs = 60_000 }) => db.move({ end: 'c' }, 's2', { deadlineMs })],
];

async function taken(items: AsyncIterable<unknown>): Promise<void> {
  for await (const item of items) expect(item).to.be.an('object');
}

describe('a deadline and an AbortSignal', () => {
  let db: Database;
  let held: Promise<void> | undefined;
  let release = (): void => undefined;

  beforeEach(async () => {
    held = undefined;
    db = await threeShards((source) => slowly(source, () => held), {}, 0);
    // One by one: what is prepared is read from memory until it is applied.
    for (const key of ['a', 'x']) await db.write([{ type: 'set', key, value: key }]);
    held = new Promise((resolve) => (release = resolve));
  });

  afterEach(() => {
    release();
  });

  for (const [name, call] of CALLS) {
    it(`end a ${name} that takes too long`, async () => {
      await failure(call(db, { deadlineMs: 5 }), 'DeadlineExceeded');
      await failure(call(db, { deadlineMs: 0 }), 'InvalidArgument');
      if (name === 'move') return;
      const controller = new AbortController();
      const called = call(db, { signal: controller.signal });
      const ended = failure(called, 'Aborted');
      controller.abort();
      await ended;
      await failure(call(db, { signal: AbortSignal.abort() }), 'Aborted');
    });
  }

  it('end a watch of what does not change', async () => {
    await failure(db.watch('a', { deadlineMs: 5 }), 'DeadlineExceeded');
    await failure(db.watch('a', { deadlineMs: 0 }), 'InvalidArgument');
  });

  it('leave alone what is in time', async () => {
    release();
    held = undefined;
    const options = { deadlineMs: 60_000, signal: new AbortController().signal };
    expect(text(await db.get('a', options))).to.equal('a');
    expect(await listed(db.scan({}, { ...options, reverse: true }))).to.deep.equal(['x=x', 'a=a']);
    for (const [, call] of CALLS) await call(db, options);
  });
});

/** The store, whose every answer waits for what is held. */
function slowly({ plugin, options }: EngineSource, wait: () => Promise<void> | undefined): EngineSource {
  const open = async (given: unknown): Promise<Engine> => {
    const engine = await plugin.open(given);
    const late = async <T>(work: () => MaybePromise<T>): Promise<T> => {
      await wait();
      return await work();
    };
    return {
      capabilities: engine.capabilities,
      get: (keys) => late(() => engine.get(keys)),
      scan: (range, how) => late(() => engine.scan(range, how)),
      write: (batch) => late(() => engine.write(batch)),
      estimate: (range) => engine.estimate(range),
      close: () => engine.close(),
    };
  };
  return hooked({ plugin: { ...plugin, open }, options }, {});
}
