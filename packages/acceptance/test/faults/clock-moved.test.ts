import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SEED, seededRandom } from '../random.js';
import { faketimeLibrary } from '../workloads/faketime.js';
import { WorkloadProcesses, type RunOptions } from '../workloads/in-processes.js';
import { mixedStores, type Stores } from '../workloads/stores.js';

/** Takes about ten seconds; a busy machine may take many times that. */
const TIMEOUT_MS = 180_000;
const RUNS = 3;
const JUMPS = 5;
const JUMP_MS = 90 * 60_000;

describe(`a clock that jumps (PANDA_SEED=${SEED})`, function () {
  this.timeout(TIMEOUT_MS);
  let stores: Stores;
  before(async () => {
    stores = await mixedStores({ servers: ['postgres'] });
  });
  after(() => stores.close());

  it('by up to 90 minutes, ahead and back, also between two processes: one strictly serializable history', async () => {
    const random = seededRandom(SEED);
    const clock = new MovedClock(stores.folder);
    const processes = new WorkloadProcesses(stores);
    await processes.create();
    for (let run = 0; run < RUNS; run++) {
      await processes.run({
        ...clock.options,
        during: async () => {
          for (let jump = 0; jump < JUMPS; jump++) {
            clock.move((random() * 2 - 1) * JUMP_MS);
            await setTimeout(150 + random() * 150);
          }
        },
      });
    }
    console.log(`        ${RUNS * JUMPS} jumps by ${clock.means}: ${await processes.finish()} (PANDA_SEED=${SEED})`);
  });
});

/** The clock of a process of its own: by libfaketime, or where that cannot be had, by what core is given as its environment. */
class MovedClock {
  readonly options: Pick<RunOptions, 'environment' | 'clockFile'>;
  readonly means: string;
  readonly #file: string;
  readonly #library = faketimeLibrary();

  constructor(folder: string) {
    this.#file = join(folder, 'clock');
    this.means = this.#library === undefined ? 'the environment' : 'libfaketime';
    this.options = this.#library === undefined ? { clockFile: this.#file } : { environment: this.#preload(this.#library) };
    this.move(0);
  }

  move(ms: number): void {
    const seconds = `${ms < 0 ? '' : '+'}${(ms / 1_000).toFixed(3)}`;
    writeFileSync(this.#file, this.#library === undefined ? String(Math.round(ms)) : seconds);
  }

  /** Only the wall clock is wrong: timers go by another one, which no machine sets. */
  #preload(library: string): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }
}
