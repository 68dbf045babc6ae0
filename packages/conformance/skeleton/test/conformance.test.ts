import { engineConformance } from '@pandakv/conformance';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plugin } from '../src/index.js';

engineConformance({
  name: 'skeleton',
  childModule: new URL('./child.js', import.meta.url),
  create: async () => {
    const location = await mkdtemp(join(tmpdir(), 'skeleton-'));
    return {
      open: () => plugin.open({ location }),
      destroy: () => rm(location, { recursive: true }),
      childArgument: { location },
    };
  },
});
