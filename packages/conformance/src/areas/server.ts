import { GuardMismatch, type Engine } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { batchNumber, expectWholeBatch, numberedBatch } from '../crash/numbered-batches.js';
import type { KillableServer } from '../engine-under-test.js';
import { eventually, sleep } from '../support/eventually.js';
import { failureOf } from '../support/expectations.js';
import { randomIntegers } from '../support/test-keys.js';
import type { TestContext } from '../test-context.js';
import { expectNoSecrets, expectPandaError } from './errors.js';

const ROUNDS = 4;
const LONGEST_MS = 150;

function serverOf(context: TestContext): KillableServer {
  return context.underTest.server ?? context.skip('no `server` was given, to be killed and started');
}

/** Writes batch after batch until one fails; what it fails with, and the last that was acknowledged. */
async function writeUntilFailure(engine: Engine, from: number): Promise<{ acknowledged: number; error: unknown }> {
  for (let n = from; ; n++) {
    try {
      await engine.write(numberedBatch(n + 1));
    } catch (error) {
      return { acknowledged: n, error };
    }
  }
}

async function survivesKills(context: TestContext): Promise<void> {
  const server = serverOf(context);
  const engine = await context.open();
  for (const ms of randomIntegers(context.times(ROUNDS), 20, LONGEST_MS, context.seed)) {
    const writing = writeUntilFailure(engine, await batchNumber(engine));
    await sleep(ms);
    await server.kill();
    const { acknowledged, error } = await writing;
    await server.start();
    assert.isFalse(
      GuardMismatch.is(error),
      'a write whose server was killed fails with GuardMismatch, although nobody else writes',
    );
    expectPandaError(error, 'a write whose server was killed');
    expectNoSecrets(error, context.underTest.secrets, 'a write whose server was killed');
    const found = await eventually(context.recoveryMs, 'reading after the server was started again', () =>
      expectWholeBatch(engine),
    );
    if (engine.capabilities.durability === 'none') continue;
    assert.isAtLeast(
      found,
      acknowledged,
      'the batch that is found, against the last that was acknowledged before the server was killed',
    );
    assert.isAtMost(found, acknowledged + 1, 'the batch that is found, against the last that was tried');
  }
}

async function failsWithoutServer(context: TestContext): Promise<void> {
  const server = serverOf(context);
  const engine = await context.open();
  await engine.write(numberedBatch(1));
  await server.kill();
  try {
    const calls = {
      get: () => batchNumber(engine),
      scan: () => expectWholeBatch(engine),
      write: () => engine.write(numberedBatch(2)),
    };
    for (const [name, call] of Object.entries(calls)) {
      const error = await failureOf(`${name} without a server`, call);
      expectPandaError(error, `${name} without a server`);
      expectNoSecrets(error, context.underTest.secrets, `${name} without a server`);
      assert.isTrue((error as { retryable?: boolean }).retryable, `${name} without a server can be tried again`);
    }
  } finally {
    await server.start();
  }
  const found = await eventually(context.recoveryMs, 'reading after the server was started again', () =>
    expectWholeBatch(engine),
  );
  if (engine.capabilities.durability !== 'none') assert.oneOf(found, [1, 2], 'the batch that is found');
}

export const SERVER: Area = {
  name: 'server',
  title: 'kill -9 of the server in the middle of writes',
  tests: [
    promise('keeps every acknowledged batch, and no half of one, over kill -9 of its server', 'durable', survivesKills),
    promise('fails, and does not hang, without its server, and serves again with it', 'recovers', failsWithoutServer),
  ],
};
