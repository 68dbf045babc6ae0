import { assert } from 'chai';
import { promise, type Area } from '../conformance-test.js';
import { KilledWriter } from '../crash/killed-writer.js';
import { expectWholeBatch, numberedBatch } from '../crash/numbered-batches.js';
import { randomIntegers } from '../support/test-keys.js';
import type { TestContext } from '../test-context.js';

const ROUNDS = 4;
const LONGEST_MS = 60;

/** Makes the store, and skips where nothing can be found after a crash. */
async function beginsWithStore(context: TestContext): Promise<string | URL> {
  const engine = await context.open();
  const { durability } = engine.capabilities;
  await engine.close();
  const { childModule } = context.underTest;
  if (durability === 'none') context.skip("durability is declared 'none'");
  if (childModule === undefined) context.skip('no `childModule` was given, to be killed while it writes');
  return childModule;
}

async function killsOnce(context: TestContext, writer: KilledWriter, ms: number): Promise<void> {
  await writer.writeUntilKilled(ms);
  const engine = await context.open();
  const found = await expectWholeBatch(engine);
  assert.isAtLeast(found, writer.acknowledged, 'the batch that is found, against the last that was acknowledged before the kill');
  // And it goes on where it was.
  await engine.write(numberedBatch(found + 1));
  await engine.close();
}

async function survivesKills(context: TestContext): Promise<void> {
  const module = await beginsWithStore(context);
  const { childArgument } = await context.store();
  const start = () => {
    const writer = KilledWriter.start(module, childArgument);
    context.later(() => writer.kill());
    return writer;
  };
  // The next process starts while this one is still at work, for that takes longest.
  let next = start();
  for (const ms of randomIntegers(context.times(ROUNDS), 0, LONGEST_MS, context.seed)) {
    const writer = next;
    next = start();
    await killsOnce(context, writer, ms);
  }
}

export const CRASH: Area = {
  name: 'crash',
  title: 'kill -9 of the process in the middle of writes',
  tests: [promise('keeps every acknowledged batch, and no half of one, over kill -9 of its process', 'durable', survivesKills)],
};
