import { SEED } from '../random.js';
import { mixedStores, type Stores } from '../workloads/stores.js';
import { underFaults } from '../workloads/under-faults.js';

/** Takes about ten seconds; a busy machine may take many times that. */
const TIMEOUT_MS = 180_000;
const KILLS = 6;

describe(`kill -9 of database servers (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  let stores: Stores;
  before(async () => {
    stores = await mixedStores();
  });
  after(() => stores.close());

  it(`${KILLS} times: histories stay strictly serializable, totals right, and nothing is left undone`, async () => {
    let kills = 0;
    await underFaults(stores, KILLS, async () => {
      const server = stores.servers[kills++ % stores.servers.length]!;
      await server.kill();
      await server.start();
    });
  });
});
