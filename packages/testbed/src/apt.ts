import { execFile, spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { type ServerKind } from './server.js';

const run = promisify(execFile);

/** Debian's packages; it has none of MySQL. */
export const DEBIAN_PACKAGES: Readonly<Partial<Record<ServerKind, readonly string[]>>> = {
  // The client's package has a program without which mariadb-install-db makes no data folder.
  mariadb: ['mariadb-server-core', 'mariadb-client-core'],
  postgres: ['postgresql'],
};

const LOCK_WAIT_S = 300;
const POLICY = '/usr/sbin/policy-rc.d';

/** Debian asks it whether a package may start its service: no (101), as long as this process lives. */
const POLICY_SCRIPT = `#!/bin/sh
kill -0 ${process.pid} 2>/dev/null && exit 101
rm -f "$0"
exit 0
`;

/** Runs something while packages may start no services. A policy that is there already stays as it is. */
async function withoutServices(install: () => Promise<void>): Promise<void> {
  const isOurs = await writeFile(POLICY, POLICY_SCRIPT, { mode: 0o755, flag: 'wx' }).then(
    () => true,
    () => false,
  );
  try {
    await install();
  } finally {
    if (isOurs) await rm(POLICY, { force: true });
  }
}

async function apt(...args: string[]): Promise<void> {
  await run('apt-get', ['-qq', '-o', `DPkg::Lock::Timeout=${LOCK_WAIT_S}`, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' },
    maxBuffer: 2 ** 26,
  });
}

async function install(names: readonly string[]): Promise<void> {
  const command = ['install', '--yes', '--no-install-recommends', ...names];
  // Without lists of packages, or with old ones, the first attempt fails.
  await apt(...command).catch(async () => {
    await apt('update');
    await apt(...command);
  });
}

const canInstall = (): boolean =>
  process.getuid?.() === 0 && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;

/** One installation at a time: apt locks its lists. */
let last: Promise<void> = Promise.resolve();

/** Installs Debian's packages of a server, if there is one and this process may; its service is not started. */
export async function installByApt(kind: ServerKind): Promise<void> {
  const names = DEBIAN_PACKAGES[kind];
  if (names === undefined || !canInstall()) return;
  const installation = last.then(() => withoutServices(() => install(names)));
  last = installation.catch(() => undefined);
  await installation;
}
