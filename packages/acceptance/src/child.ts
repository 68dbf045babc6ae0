import type { Engine } from '@pandakv/core/engine';
import type { EngineName } from './engine-name.js';
import { openEngine } from './plugins.js';

/** What tells a process that the suite kills which engine to open. */
export interface ChildArgument {
  readonly engine: EngineName;
  readonly options: unknown;
}

export async function open({ engine, options }: ChildArgument): Promise<Engine> {
  return await openEngine(engine, options);
}
