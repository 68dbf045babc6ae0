import { PandaError, type ErrorFacts } from './panda-error.js';

/** Asserts what the protocol relies on. A broken invariant is `Corruption`: whoever meets it stops, and never goes on. */
export function invariant(condition: unknown, message: string, facts?: ErrorFacts): asserts condition {
  if (!condition) throw new PandaError('Corruption', `Broken invariant: ${message}`, facts);
}
