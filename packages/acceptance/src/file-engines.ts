import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineUnderTest } from '@pandakv/conformance';
import { openEngine } from './plugins.js';

const CHILD_MODULE = new URL('./child.js', import.meta.url);

const OPTIONS = {
  level: (folder: string) => ({ location: join(folder, 'store') }),
  sqlite: (folder: string) => ({ file: join(folder, 'store.sqlite') }),
};

/** An engine whose stores are files: each in a folder of its own. */
export function fileEngine(engine: 'level' | 'sqlite'): EngineUnderTest {
  return {
    name: engine,
    childModule: CHILD_MODULE,
    create: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'panda-conformance-'));
      const options = OPTIONS[engine](folder);
      return {
        open: () => openEngine(engine, options),
        destroy: () => rm(folder, { recursive: true, force: true }),
        childArgument: { engine, options },
      };
    },
  };
}
