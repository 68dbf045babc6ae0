import { setTimeout } from 'node:timers/promises';
import { openDatabase } from '@pandakv/core';
import { SEED, seededRandom } from '../random.js';
import type { Stores } from './stores.js';
import { Workloads } from './workloads.js';

/** How long work must go on again before the next fault, in acknowledged transactions. */
const WORK_BETWEEN = 10;
const WORK_WITHIN_MS = 20_000;

/**
 * Runs both workloads on a database, with one fault after the other, and asserts that all is sound after them.
 * @param fault makes a fault and mends it; between two of them, transactions are acknowledged again
 */
export async function underFaults(stores: Stores, faults: number, fault: (random: () => number) => Promise<void>): Promise<void> {
  const random = seededRandom(SEED);
  const db = await openDatabase(stores.config);
  try {
    const workloads = new Workloads(db, stores.prefixes, seededRandom(SEED + 1));
    await workloads.start();
    try {
      for (let made = 0; made < faults; made++) {
        await workAgain(workloads);
        await setTimeout(random() * 60);
        await fault(random);
      }
      await workAgain(workloads);
    } finally {
      workloads.stop();
    }
    console.log(`        ${faults} faults: ${await workloads.finish()} (PANDA_SEED=${SEED})`);
  } finally {
    await db.close();
  }
}

async function workAgain(workloads: Workloads): Promise<void> {
  const enough = workloads.acknowledged + WORK_BETWEEN;
  const deadline = Date.now() + WORK_WITHIN_MS;
  while (workloads.acknowledged < enough) {
    workloads.check();
    if (Date.now() > deadline) throw new Error(`No progress within ${WORK_WITHIN_MS} ms after a fault`);
    await setTimeout(5);
  }
}
