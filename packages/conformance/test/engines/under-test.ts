import type { EngineUnderTest } from '@pandakv/conformance';
import type { Engine } from '@pandakv/core/engine';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogEngine } from './log-engine.js';
import { Place, type MemoryEngine } from './memory-engine.js';

export function memoryUnderTest(create: (place: Place) => MemoryEngine): EngineUnderTest {
  return {
    name: 'memory',
    create: async () => {
      const place = new Place();
      return { open: async (): Promise<Engine> => create(place), destroy: async () => undefined };
    },
  };
}

/** `variant` names, for the other process, one of the engines in `log-child.ts`. */
export function logUnderTest(create: (file: string) => LogEngine, variant: string): EngineUnderTest {
  return {
    name: 'log',
    childModule: new URL('./log-child.js', import.meta.url),
    create: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'panda-conformance-'));
      const file = join(folder, 'log');
      return {
        open: async (): Promise<Engine> => create(file),
        destroy: () => rm(folder, { recursive: true, force: true }),
        childArgument: { file, variant },
      };
    },
  };
}
