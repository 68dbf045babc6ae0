import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Runs `work` with a new folder below `parent`, and removes it after, also where the run is interrupted. */
export async function inTemporaryFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'panda-bench-'));
  const interrupted = (): never => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  try {
    return await work(folder);
  } finally {
    process.removeListener('SIGINT', interrupted);
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same, one level down: for one benchmark. */
export async function inSubfolder<T>(folder: string, name: string, work: (folder: string) => Promise<T>): Promise<T> {
  const own = await mkdtemp(join(folder, `${name}-`));
  try {
    return await work(own);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
