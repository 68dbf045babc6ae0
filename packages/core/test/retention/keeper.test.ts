import { expect } from 'chai';
import { systemEnvironment, type Database, type Environment } from '@pandakv/core';
import { ROW_SPACE } from '@pandakv/core/parts';
import { openForTest } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { freshStore } from '../support/test-engine.js';
import { until } from '../support/until.js';

const set = (db: Database, key: string, value: string): Promise<unknown> => db.write([{ type: 'set', key, value }]);

/** An environment whose background timers, which are the keeper's alone here, fire when the test says so. */
function withHeldTimers(): { environment: Environment; timers: Set<() => void>; fire: () => void } {
  const timers = new Set<() => void>();
  const environment: Environment = {
    ...systemEnvironment,
    setTimer(delayMs, callback, options) {
      if (options?.background !== true) return systemEnvironment.setTimer(delayMs, callback, options);
      const timer = (): void => callback();
      timers.add(timer);
      return { cancel: () => timers.delete(timer) };
    },
  };
  const fire = (): void => {
    for (const timer of [...timers]) {
      timers.delete(timer);
      timer();
    }
  };
  return { environment, timers, fire };
}

describe('looking what versions may go', () => {
  it('happens no more often when what is kept is changed during a look, and soon again after it', async () => {
    const { environment, timers, fire } = withHeldTimers();
    const db = await openForTest({ shards: [{ id: 's1', engine: await freshStore(0) }], environment });
    for (let round = 0; round < 5; round++) {
      fire();
      await db.retention.set(10_000 + round);
      await db.retention.collect();
    }
    expect(timers.size).to.equal(1);
  });

  it('finds what a shorter retention lets go, after it has found nothing', async () => {
    const { environment, fire } = withHeldTimers();
    const db = await openForTest({ shards: [{ id: 's1', engine: await freshStore(0) }], environment });
    for (let round = 0; round < 3; round++) await set(db, 'a', `${round}`);
    const at = db.snapshot().timestamp;
    for (let round = 0; round < 2; round++) await db.retention.collect();
    expect((await db.retention.status()).prefixes[0]!.threshold).to.equal(0);
    await db.retention.set(1);
    await until(async () => {
      fire();
      return (await db.retention.status()).prefixes[0]!.threshold >= at;
    });
  });

  it('asks the engines for nothing where nothing was written since it was done the last time', async () => {
    let scans = 0;
    const isJournal = (start: Uint8Array): boolean => start[0] === ROW_SPACE.journal.charCodeAt(0);
    const engine = hooked(await freshStore(0), { scan: ({ start }) => (scans += isJournal(start) ? 1 : 0) });
    const db = await openForTest({ shards: [{ id: 's1', engine }], environment: withHeldTimers().environment });
    for (const prefix of ['a', 'b', 'c']) await db.retention.set(60_000, { prefix });
    for (let round = 0; round < 3; round++) await set(db, 'a', `${round}`);
    await db.retention.collect();
    expect(scans, 'one for all prefixes').to.equal(1);
    await db.retention.collect();
    expect(scans).to.equal(1);
  });
});
