import { expect } from 'chai';
import { PandaError, type ErrorCode } from '@pandakv/core';

/** Asserts that the work fails with a PandaError of the code, and answers it. */
export async function failure(work: Promise<unknown> | (() => unknown), code: ErrorCode): Promise<PandaError> {
  let caught: unknown;
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    caught = error;
  }
  if (!PandaError.is(caught)) throw new Error(`expected a PandaError ${code}, got ${String(caught)}`, { cause: caught });
  expect(caught.code, caught.stack).to.equal(code);
  return caught;
}
