import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

/** A folder for one suite, removed after all tests. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'panda-cli-'));
  made.push(folder);
  return folder;
}

/** All that can be seen of a folder from outside: names, contents, and when anything changed. */
export function look(path: string): string[] {
  const { mtimeNs, mode, size, ino } = lstatSync(path, { bigint: true });
  const seen = [`${path} ${mtimeNs} ${mode} ${size} ${ino}`];
  if (!lstatSync(path).isDirectory()) return [...seen, readFileSync(path).toString('base64')];
  for (const name of readdirSync(path).sort()) seen.push(...look(join(path, name)));
  return seen;
}

after(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});
