import { setTimeout } from 'node:timers/promises';
import { SEED } from '../random.js';
import { mixedStores, type Stores } from '../workloads/stores.js';
import { underFaults } from '../workloads/under-faults.js';

/** Takes about ten seconds; a busy machine may take many times that. */
const TIMEOUT_MS = 180_000;
const PAUSES = 3;
const PAUSE_MS = 800;
/** Some pauses are longer than the engines wait for an answer, some are not. */
const REQUEST_TIMEOUT_MS = 1_200;

describe(`SIGSTOP of database servers (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  let stores: Stores;
  before(async () => {
    stores = await mixedStores({ requestTimeoutMs: REQUEST_TIMEOUT_MS });
  });
  after(() => stores.close());

  it('for seconds: histories stay strictly serializable, totals right, and nothing is left undone', async () => {
    let pauses = 0;
    await underFaults(stores, PAUSES, async (random) => {
      const server = stores.servers[pauses++ % stores.servers.length]!;
      await server.suspend();
      try {
        await setTimeout(PAUSE_MS + random() * 1_000);
      } finally {
        await server.resume();
      }
    });
  });
});
