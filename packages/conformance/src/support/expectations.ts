import { GuardMismatch, PandaError, type Engine, type Entry, type ErrorCode, type WriteBatch } from '@pandakv/core/engine';
import { assert } from 'chai';
import { equalBytes, show } from './bytes.js';

export function expectBytes(actual: Uint8Array | undefined, expected: Uint8Array | undefined, what: string): void {
  if (equalBytes(actual, expected)) return;
  assert.fail(`${what}: ${show(expected)} was expected, ${show(actual)} was found`);
}

/** The same keys and values in the same order; names the first difference. */
export function expectEntries(actual: readonly Entry[], expected: readonly Entry[], what: string): void {
  const length = Math.min(actual.length, expected.length);
  for (let i = 0; i < length; i++) {
    expectBytes(actual[i]![0], expected[i]![0], `${what}, key of entry ${i}`);
    expectBytes(actual[i]![1], expected[i]![1], `${what}, value of the key ${show(expected[i]![0])}`);
  }
  if (actual.length < expected.length) {
    assert.fail(
      `${what}: ${actual.length} entries instead of ${expected.length}; missing is the key ${show(expected[length]![0])}`,
    );
  }
  if (actual.length > expected.length) {
    assert.fail(
      `${what}: ${actual.length} entries instead of ${expected.length}; too many from the key ${show(actual[length]![0])}`,
    );
  }
}

export function expectKeys(actual: readonly Entry[], expected: readonly Uint8Array[], what: string): void {
  const keysOnly = (keys: readonly Uint8Array[]) => keys.map((key): Entry => [key, key]);
  expectEntries(keysOnly(actual.map(([key]) => key)), keysOnly(expected), what);
}

/** What the work fails with. */
export async function failureOf(what: string, work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return assert.fail(`${what}: should have failed, and did not`);
}

export async function expectCode(code: ErrorCode, what: string, work: () => unknown): Promise<PandaError> {
  const error = await failureOf(what, work);
  if (!PandaError.is(error, code))
    assert.fail(`${what}: should have failed with ${code}, and failed with ${describeError(error)}`);
  return error;
}

export async function expectMismatch(engine: Engine, batch: WriteBatch, what: string): Promise<void> {
  const error = await failureOf(what, () => engine.write(batch));
  if (!GuardMismatch.is(error))
    assert.fail(`${what}: should have failed with GuardMismatch, and failed with ${describeError(error)}`);
}

export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `a thrown ${typeof error}`;
  const { code } = error as { code?: unknown };
  return `${error.name}${typeof code === 'string' ? ` ${code}` : ''}: ${error.message}`;
}

/** Asserts that the work leaves the store as it is. */
export async function expectUnchanged(
  read: () => Promise<readonly Entry[]>,
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const before = (await read()).map(([key, value]): Entry => [Buffer.from(key), Buffer.from(value)]);
  await work();
  expectEntries(await read(), before, `${what}: the store afterwards`);
}
