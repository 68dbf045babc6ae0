import { invariant, PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import { applyOperations } from './atomic-operation.js';
import type { Attempt } from './attempt.js';
import type { Version } from './version.js';

/**
 * Turns the operations of an attempt into values, on the newest versions that were just looked up. What they do not change is not
 * written. Answers why one refuses.
 */
export function evaluateOperations(attempt: Attempt): PandaError | undefined {
  const { newest, request, sent } = attempt;
  invariant(newest !== undefined, 'operations are evaluated on the versions that were looked up');
  const keys: Key[] = [];
  const values: (Uint8Array | null)[] = [];
  const olds: Version[] = [];
  const unchanged: Key[] = [];
  const places = new Map<number, number>();
  for (const [at, key] of sent.writeKeys.entries()) {
    const operations = request.writeOperations?.[at] ?? null;
    const old = newest[at]!;
    let value: Uint8Array | null = sent.writeValues[at] ?? null;
    if (operations !== null) {
      try {
        value = applyOperations(key, operations, old.value) ?? null;
      } catch (error) {
        if (PandaError.is(error, 'PreconditionFailed')) return error;
        throw error;
      }
      if (value === (old.value ?? null)) {
        unchanged.push(key);
        continue;
      }
    }
    places.set(at, keys.length);
    keys.push(key);
    values.push(value);
    olds.push(old);
  }
  attempt.writes = { transaction: request.transaction, writeKeys: keys, writeValues: values };
  attempt.unchangedKeys = unchanged;
  attempt.stamps = request.stamps?.map((stamp) => ({ ...stamp, at: places.get(stamp.at)! }));
  attempt.newest = olds;
  return undefined;
}
