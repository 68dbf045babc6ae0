import { engineConformance } from '@pandakv/conformance';
import { plugin } from '@pandakv/engine-level';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

engineConformance({
  name: 'LevelDB in a folder',
  childModule: new URL('./fixtures/level-child.js', import.meta.url),
  create: async () => {
    const location = await mkdtemp(join(tmpdir(), 'panda-conformance-'));
    return {
      open: () => plugin.open({ location }),
      destroy: () => rm(location, { recursive: true, force: true }),
      childArgument: { location },
    };
  },
});

engineConformance({
  name: 'LevelDB in memory',
  create: async () => ({ open: () => plugin.open({ memory: true }), destroy: async () => undefined }),
});
