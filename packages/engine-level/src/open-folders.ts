import { PandaError } from '@pandakv/core/engine';

/** Shared by all copies of this package in the process. */
const REGISTRY = Symbol.for('@pandakv/engine-level/open-folders');

function openFolders(): Set<string> {
  const holder = globalThis as { [REGISTRY]?: Set<string> };
  return (holder[REGISTRY] ??= new Set());
}

/**
 * Notes that this process has the folder open. LevelDB must not be asked: when a process tries to open what it has open
 * already, LevelDB refuses, but the lock that keeps other processes out is gone from then on (closing any descriptor of a
 * file drops the process's POSIX locks on it).
 *
 * @param path the real path
 * @returns what gives the folder back
 * @throws PandaError `ShardUnavailable`
 */
export function claimFolder(path: string): () => void {
  const folders = openFolders();
  if (folders.has(path)) throw new PandaError('ShardUnavailable', `The store is open in this process already: ${path}`);
  folders.add(path);
  return () => folders.delete(path);
}
