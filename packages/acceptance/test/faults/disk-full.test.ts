import { setTimeout } from 'node:timers/promises';
import { SEED } from '../random.js';
import { SmallDisk } from '../workloads/small-disk.js';
import { mixedStores, type Stores } from '../workloads/stores.js';
import { underFaults } from '../workloads/under-faults.js';

/** Takes about ten seconds; a busy machine may take many times that. */
const TIMEOUT_MS = 180_000;
const FULL = 6;
/** LevelDB needs 4 MiB before it begins a new file. */
const DISK_MIB = 24;

describe(`a full disk (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  const disks = new Map<'level' | 'sqlite', SmallDisk>();
  let stores: Stores | undefined;
  before(async function () {
    for (const engine of ['level', 'sqlite'] as const) {
      const disk = SmallDisk.mount(DISK_MIB);
      if (typeof disk === 'string') {
        console.log(`        Not run: ${disk}`);
        this.skip();
      }
      disks.set(engine, disk);
    }
    stores = await mixedStores({ servers: ['postgres'], folderOf: (engine) => disks.get(engine)!.folder });
  });
  after(async () => {
    await stores?.close();
    for (const disk of disks.values()) disk.unmount();
  });

  it(`${FULL} times, of LevelDB or SQLite: what is refused has no effect, and work goes on when there is room`, async () => {
    let filled = 0;
    await underFaults(stores!, FULL, async (random) => {
      const disk = disks.get(filled++ % 2 === 0 ? 'level' : 'sqlite')!;
      disk.fill();
      await setTimeout(300 + random() * 700);
      disk.empty();
    });
  });
});
