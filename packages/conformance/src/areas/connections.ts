import { GuardMismatch, type Engine } from '@pandakv/core/engine';
import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { batchNumber, expectWholeBatch, numberedBatch } from '../crash/numbered-batches.js';
import { TcpProxy } from '../proxy/tcp-proxy.js';
import { eventually, sleep } from '../support/eventually.js';
import { describeError, failureOf } from '../support/expectations.js';
import { randomIntegers } from '../support/test-keys.js';
import { within, type TestContext } from '../test-context.js';
import { expectNoSecrets, expectPandaError } from './errors.js';

/** Of one write, with what makes its connection. */
const MOST_CHUNKS = 40;

/** Opens the test's store through a proxy. */
async function openThroughProxy(context: TestContext): Promise<{ engine: Engine; proxy: TcpProxy }> {
  const { throughProxy } = context.underTest;
  if (throughProxy === undefined) context.skip('no `throughProxy` was given, to cut connections');
  // Empty, and made where opening makes it.
  await (await context.open()).close();
  const proxy = context.closeLater(await TcpProxy.listen(throughProxy));
  const store = await context.store();
  return { proxy, engine: context.closeLater(await throughProxy.open(proxy.address, store)) };
}

/**
 * Writes batch n + 1 over a connection that may be cut, and finds out, as a leader does, what came of it: the number of the batch
 * that the store holds then.
 */
async function writeAndLook(
  engine: Engine,
  n: number,
  context: TestContext,
  { isRepeat = false, onWritten = () => undefined }: { isRepeat?: boolean; onWritten?: () => void } = {},
): Promise<{ held: number; failed: boolean }> {
  const error = await errorOfWrite(engine, n + 1);
  onWritten();
  // The server may have been at the batch of before still, when its connection was cut and the store was looked at.
  const cameLate = isRepeat && GuardMismatch.is(error);
  if (GuardMismatch.is(error) && !cameLate)
    assert.fail(`batch ${n + 1}, whose connection was cut, fails with GuardMismatch: it was written twice`);
  const held = await eventually(context.recoveryMs, 'reading after a connection was cut', () => expectWholeBatch(engine));
  if (error === undefined || cameLate) {
    assert.equal(held, n + 1, 'the batch that the store holds after a write that resolved');
    return { held, failed: false };
  }
  expectPandaError(error, 'a write whose connection was cut');
  expectNoSecrets(error, context.underTest.secrets, 'a write whose connection was cut');
  assert.oneOf(held, [n, n + 1], 'the batch that the store holds after a write that failed');
  return { held, failed: true };
}

async function errorOfWrite(engine: Engine, n: number): Promise<unknown> {
  try {
    await engine.write(numberedBatch(n));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Cuts at the first chunk, the second, and so on, until a write goes through uncut. */
const cutsAtEvery = (arm: (proxy: TcpProxy, n: number) => void) => async (context: TestContext) => {
  const { engine, proxy } = await openThroughProxy(context);
  let n = (await writeAndLook(engine, 0, context)).held;
  let failures = 0;
  let wasCut = true;
  let isRepeat = false;
  for (let chunk = 1; wasCut && chunk <= MOST_CHUNKS; chunk++) {
    arm(proxy, chunk);
    const onWritten = () => (wasCut = proxy.disarm());
    const { held, failed } = await writeAndLook(engine, n, context, { isRepeat, onWritten });
    if (failed) failures++;
    isRepeat = failed && held === n;
    n = held;
  }
  assert.isAtLeast(failures, 1, 'writes that failed, of those whose connection was cut');
};

async function survivesRandomCuts(context: TestContext): Promise<void> {
  const { engine, proxy } = await openThroughProxy(context);
  // So that many cuts fall while a request or its answer is on the way, however fast the server is.
  proxy.delayMs = 3;
  let n = 0;
  let isRepeat = false;
  for (const ms of randomIntegers(context.times(40), 0, 12, context.seed)) {
    const cutting = sleep(ms).then(() => proxy.cutAll());
    const { failed } = await writeAndLook(engine, n, context, { isRepeat });
    await cutting;
    const held = await eventually(context.recoveryMs, 'reading after a connection was cut', () => batchNumber(engine));
    isRepeat = failed && held === n;
    n = held;
  }
}

async function servesAgain(context: TestContext): Promise<void> {
  const { engine, proxy } = await openThroughProxy(context);
  await engine.write(numberedBatch(1));
  proxy.refuse(true);
  const error = await failureOf('get while connections are refused', () => batchNumber(engine));
  expectPandaError(error, 'get while connections are refused');
  expectNoSecrets(error, context.underTest.secrets, 'get while connections are refused');
  assert.equal(
    (error as { code?: string }).code,
    'ShardUnavailable',
    `get while connections are refused: ${describeError(error)}`,
  );
  proxy.refuse(false);
  assert.equal(
    await eventually(context.recoveryMs, 'reading once connections are taken', () => expectWholeBatch(engine)),
    1,
    'the batch that is found',
  );
  await eventually(context.recoveryMs, 'writing once connections are taken', async () => engine.write(numberedBatch(2)));
}

async function refusesToOpen(context: TestContext): Promise<void> {
  const { engine, proxy } = await openThroughProxy(context);
  await engine.close();
  proxy.refuse(true);
  const store = await context.store();
  const open = async () => context.closeLater(await context.underTest.throughProxy!.open(proxy.address, store));
  const error = await failureOf('opening while connections are refused', open);
  assert.equal(
    (error as { code?: string }).code,
    'ShardUnavailable',
    `opening while connections are refused: ${describeError(error)}`,
  );
  expectNoSecrets(error, context.underTest.secrets, 'opening while connections are refused');
}

async function bearsDelay(context: TestContext): Promise<void> {
  const { engine, proxy } = await openThroughProxy(context);
  proxy.delayMs = 30;
  for (let n = 0; n < 3; n++)
    assert.isFalse((await writeAndLook(engine, n, context)).failed, 'a write over a slow connection failed');
  proxy.delayMs = 0;
}

async function bearsSilence(context: TestContext): Promise<void> {
  const { engine, proxy } = await openThroughProxy(context);
  await engine.write(numberedBatch(1));
  proxy.silence(true);
  const reading = failureOf('get of a silent server whose connection is cut at last', () => batchNumber(engine));
  await sleep(100);
  proxy.silence(false);
  expectPandaError(await reading, 'get of a server that was silent');
  assert.equal(
    await eventually(context.recoveryMs, 'reading after a silence', () => expectWholeBatch(engine)),
    1,
    'the batch that is found after a silence',
  );
}

async function endsSilence(context: TestContext): Promise<void> {
  const { engine, proxy } = await openThroughProxy(context);
  const { deadlineMs } = context.underTest.throughProxy!;
  if (deadlineMs === undefined)
    context.skip('no `throughProxy.deadlineMs` was given: how long the engine waits for a silent server');
  await engine.write(numberedBatch(1));
  proxy.silence(true);
  const calls = { get: () => batchNumber(engine), write: async () => engine.write(numberedBatch(2)) };
  for (const [name, call] of Object.entries(calls)) {
    const work = failureOf(`${name} of a silent server`, call);
    const error = await within(deadlineMs + 2_000, `${name} of a silent server`, work);
    expectPandaError(error, `${name} of a silent server`);
  }
  proxy.silence(false);
  const held = await eventually(context.recoveryMs, 'reading after a silence', () => expectWholeBatch(engine));
  assert.equal(held, 1, 'the batch that is found, for no other reached the server');
}

export const CONNECTIONS: Area = {
  name: 'connections',
  title: 'Connections that are cut, slow or silent',
  tests: [
    promise(
      'knows no GuardMismatch for a write that was cut before the server had it',
      'unknownOutcome',
      cutsAtEvery((proxy, n) => proxy.cutAtRequest(n)),
    ),
    promise(
      'knows no GuardMismatch for a write that was cut after the server applied it',
      'noRetry',
      cutsAtEvery((proxy, n) => proxy.cutAtAnswer(n)),
    ),
    promise('leaves each write whole or absent, whenever connections are cut', 'unknownOutcome', survivesRandomCuts),
    promise('fails with ShardUnavailable while connections are refused, and serves again by itself', 'recovers', servesAgain),
    promise('fails to open with ShardUnavailable while connections are refused', 'errors', refusesToOpen),
    promise('works over a slow connection', 'recovers', bearsDelay),
    promise('fails when a silent connection is cut, and serves again by itself', 'recovers', bearsSilence),
    promise('waits for a silent server no longer than its deadline', 'recovers', endsSilence),
  ],
};
