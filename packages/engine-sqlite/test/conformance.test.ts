import { engineConformance } from '@pandakv/conformance';
import { plugin } from '@pandakv/engine-sqlite';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

engineConformance({
  name: 'SQLite in a file',
  childModule: new URL('./fixtures/conformance-child.js', import.meta.url),
  scale: 0.1,
  create: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'panda-sqlite-'));
    const options = { file: join(folder, 'store.db') };
    return {
      open: () => plugin.open(options),
      destroy: () => rm(folder, { recursive: true, force: true }),
      childArgument: options,
    };
  },
});

engineConformance({
  name: 'SQLite in memory',
  scale: 0.1,
  create: async () => ({ open: () => plugin.open({ memory: true }), destroy: async () => undefined }),
});
