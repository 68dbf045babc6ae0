import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test, removed after it. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'panda-test-'));
  cleanUps.push(folder);
  return folder;
}

const cleanUps: string[] = [];

afterEach(() => {
  for (const folder of cleanUps.splice(0)) rmSync(folder, { recursive: true, force: true });
});
