import { z } from 'zod';
import { PandaError } from '../errors/index.js';

/** What is wrong with a configuration, and where in it. */
export interface ConfigProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Throws `InvalidArgument` that tells all problems with their places, as `shards[1].options.location: …`; returns if there are none. */
export function throwProblems(problems: readonly ConfigProblem[]): void {
  if (problems.length === 0) return;
  const texts = problems.map(({ path, message }) => `${z.core.toDotPath(path) || 'configuration'}: ${message}`);
  throw new PandaError('InvalidArgument', `The configuration is not valid: ${texts.join('; ')}`);
}
