import { PandaError } from '@pandakv/core/engine';
import { readFile, rm, writeFile } from 'node:fs/promises';

/**
 * Keeps a second engine out, in this process or another: a file that names the process. If that process has been killed, the
 * lock is free. Returns what releases it.
 *
 * @throws PandaError `ShardUnavailable` when the store is open elsewhere
 */
export async function lockStore(path: string): Promise<() => Promise<void>> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAlive(Number(await readFile(path, 'utf8').catch(() => '0')))) break;
    await rm(path, { force: true });
  }
  throw new PandaError('ShardUnavailable', `The store is open elsewhere: ${path}`);
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
