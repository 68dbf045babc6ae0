import { PandaError } from '@pandakv/core';
import { z } from 'zod';

/** What is wrong with a configuration, and where in it. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Throws `InvalidArgument` that tells all problems with their places, as `shards[1].options.location: …`; returns if there are none. */
export function throwProblems(problems: readonly Problem[], where: string): void {
  if (problems.length === 0) return;
  const texts = problems.map(({ path, message }) => (path.length === 0 ? message : `${z.core.toDotPath(path)}: ${message}`));
  throw new PandaError('InvalidArgument', `${where} is not valid: ${texts.join('; ')}`);
}
