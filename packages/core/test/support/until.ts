import { setTimeout } from 'node:timers/promises';

const POLL_MS = 2;

/** Waits until it is so; the time-out of the test says that it never was. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  await within(Infinity, isSo);
}

/** Whether it was so within that time. */
export async function within(milliseconds: number, isSo: () => boolean | Promise<boolean>): Promise<boolean> {
  const endMs = Date.now() + milliseconds;
  while (!(await isSo())) {
    if (Date.now() >= endMs) return false;
    await setTimeout(POLL_MS);
  }
  return true;
}
