import { ERROR_CODES, GuardMismatch, PandaError, type Engine } from '@pandakv/core/engine';
import { assert } from 'chai';
import { inspect } from 'node:util';
import { promise, type Area } from '../conformance-test.js';
import { bytes, EMPTY } from '../support/bytes.js';
import { describeError, failureOf } from '../support/expectations.js';
import { EVERYTHING } from '../support/reading.js';
import type { TestContext } from '../test-context.js';

/** Stands in keys and values: no message may repeat it. */
const PRIVATE = 'Private-7f3a9c';

/** Errors of every kind that an engine can be brought to without breaking anything. */
async function provoke(engine: Engine): Promise<[what: string, error: unknown][]> {
  const long = bytes(PRIVATE.repeat(300));
  const value = bytes(PRIVATE);
  const ways: Record<string, () => unknown> = {
    'a key that is too long': () => engine.write({ puts: [[long, value]] }),
    'an empty key': () => engine.write({ puts: [[EMPTY, value]] }),
    'a get of a key that is too long': () => engine.get([long]),
    'a page without a limit': () => engine.scan(EVERYTHING, { limit: 0, maxBytes: 1 }),
  };
  const errors: [string, unknown][] = [];
  for (const [what, way] of Object.entries(ways)) errors.push([what, await failureOf(what, way)]);
  await engine.close();
  errors.push(['a closed engine', await failureOf('a closed engine', () => engine.write({ puts: [[bytes(PRIVATE), value]] }))]);
  return errors;
}

export function expectPandaError(error: unknown, what: string): void {
  if (!PandaError.is(error)) assert.fail(`${what} fails with what is no PandaError: ${describeError(error)}`);
  assert.property(ERROR_CODES, error.code, `${what}: the code of the error`);
  assert.equal(error.retryable, ERROR_CODES[error.code].retryable, `${what}: retryable, for the code ${error.code}`);
}

/** Nowhere in the error, its cause included, for loggers print all of it. */
export function expectNoSecrets(error: unknown, secrets: readonly string[] | undefined, what: string): void {
  const whole = inspect(error, { depth: 10, showHidden: true, maxStringLength: Infinity });
  const holds = (secrets ?? []).some((secret) => secret !== '' && whole.includes(secret));
  assert.isFalse(holds, `${what}: the error holds a secret that the suite was told of`);
}

async function failsWithPandaErrors(context: TestContext): Promise<void> {
  for (const [what, error] of await provoke(await context.open())) expectPandaError(error, what);
}

async function keepsSecrets(context: TestContext): Promise<void> {
  for (const [what, error] of await provoke(await context.open())) {
    assert.notInclude((error as Error).message, PRIVATE, `${what}: the message`);
    expectNoSecrets(error, context.underTest.secrets, what);
  }
}

async function failsGuardsByName(context: TestContext): Promise<void> {
  const engine = await context.open();
  const guard = { key: bytes(PRIVATE), expected: bytes(PRIVATE), next: bytes(PRIVATE) };
  const error = await failureOf('a guard that does not hold', () => engine.write({ guard }));
  assert.isTrue(GuardMismatch.is(error), 'a guard that does not hold fails with GuardMismatch');
  assert.notInclude((error as Error).message, PRIVATE, 'the message of a GuardMismatch');
}

export const ERRORS: Area = {
  name: 'errors',
  title: 'Errors',
  tests: [
    promise('fails with PandaErrors of documented codes', 'errors', failsWithPandaErrors),
    promise('fails a guard with GuardMismatch, and no other way', 'errors', failsGuardsByName),
    promise('names no keys, values or secrets in messages', 'errors', keepsSecrets),
  ],
};
