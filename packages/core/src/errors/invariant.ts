import { PandaError, type ErrorFacts } from './panda-error.js';

/**
 * Asserts what the protocol relies on. A broken invariant is `Corruption`: whoever meets it stops, and never goes on. Facts that
 * cost something to gather are given as a function.
 */
export function invariant(condition: unknown, message: string, facts?: ErrorFacts | (() => ErrorFacts)): asserts condition {
  if (condition) return;
  throw new PandaError('Corruption', `Broken invariant: ${message}`, typeof facts === 'function' ? facts() : facts);
}
