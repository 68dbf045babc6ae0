import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Where Debian and its kin have the library, for the processors that they run on. */
const FOLDERS = [`/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime`, '/usr/lib/faketime'];
const LIBRARY = 'libfaketimeMT.so.1';

/** The library that lies to a process about the time, installed by apt where this process may; `undefined` where it cannot be had. */
export function faketimeLibrary(): string | undefined {
  return installed() ?? (install() ? installed() : undefined);
}

function installed(): string | undefined {
  return FOLDERS.map((folder) => `${folder}/${LIBRARY}`).find((file) => existsSync(file));
}

function install(): boolean {
  const isInstalled = (): boolean => apt('install', '--yes', '--no-install-recommends', 'faketime');
  // Without lists of packages, or with old ones, the first attempt fails.
  return isInstalled() || (apt('update') && isInstalled());
}

function apt(...args: string[]): boolean {
  const command = ['apt-get', '-qq', '-o', 'DPkg::Lock::Timeout=60', ...args];
  const [program, ...rest] = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  return spawnSync(program!, rest, { env, stdio: 'ignore' }).status === 0;
}
