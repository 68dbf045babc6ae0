import type { Engine } from '../engine/index.js';
import { openEngine } from './open-engine.js';
import type { ResolvedEngine } from './resolve-engines.js';

export interface OpenEngine {
  readonly id: string;
  readonly engine: Engine;
}

/** Opens the engines; closes those that are open when one fails. */
export async function openEngines(resolved: readonly ResolvedEngine[]): Promise<OpenEngine[]> {
  const opened = await Promise.allSettled(resolved.map(async (each) => ({ id: each.id, engine: await openEngine(each) })));
  const engines = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed === undefined) return engines;
  await Promise.allSettled(engines.map(({ engine }) => engine.close()));
  throw failed.reason;
}
