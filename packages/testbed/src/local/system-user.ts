import { execFileSync } from 'node:child_process';

/** A user of the machine that a server runs as. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

function idOf(flag: '-u' | '-g', name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

/**
 * Servers refuse to run as root: where this process does, the user of the server's own package, else `nobody`. Undefined where
 * this process is somebody else: the server runs as the same.
 */
export function systemUser(preferred: string): SystemUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of [preferred, 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { name, uid, gid };
  }
  throw new Error(`A server does not run as root, and this machine has neither a user ${preferred} nor nobody: add one.`);
}
