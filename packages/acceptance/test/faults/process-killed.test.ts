import { setTimeout } from 'node:timers/promises';
import { WorkloadProcesses } from '../workloads/in-processes.js';
import { mixedStores, type Stores } from '../workloads/stores.js';
import { SEED, seededRandom } from '../random.js';

/** Takes about ten seconds; a busy machine may take many times that. */
const TIMEOUT_MS = 180_000;
const KILLS = 4;

describe(`kill -9 of the process that has the database open (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  let stores: Stores;
  before(async () => {
    stores = await mixedStores();
  });
  after(() => stores.close());

  it(`${KILLS} times: one strictly serializable history over all of them, totals right, nothing left undone`, async () => {
    const random = seededRandom(SEED);
    const processes = new WorkloadProcesses(stores);
    await processes.create();
    for (let kill = 0; kill < KILLS; kill++) {
      await processes.run({ during: () => setTimeout(200 + random() * 600) });
    }
    console.log(`        ${KILLS} kills: ${await processes.finish()} (PANDA_SEED=${SEED})`);
  });
});
