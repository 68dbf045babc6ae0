import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { lstat, mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Supervisor } from '../supervisor/supervisor.js';
import { type Product, type Site } from './product.js';
import { succeed } from './succeed.js';

/** Counted up when data folders are made in another way. */
const FORMAT = 1;

/** The folder of templates in the system's temporary folder: this user's alone, or none, where another made it. */
async function templatesFolder(): Promise<string | undefined> {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `panda-testbed-templates-${uid}`);
  await mkdir(folder, { mode: 0o700, recursive: true });
  const { uid: owner, mode } = await lstat(folder);
  return owner === uid && (mode & 0o022) === 0 ? folder : undefined;
}

/** One file per version of a server and command that initialises it. */
async function templateFile(product: Product, site: Site): Promise<string | undefined> {
  const folder = await templatesFolder();
  if (folder === undefined) return undefined;
  const { args } = product.initialize({ ...site, folder: '', data: '' });
  const facts = [FORMAT, site.binary, site.version, site.user?.name, ...args];
  const hash = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16);
  return join(folder, `${product.systemUser}-${hash}.tar`);
}

/**
 * Makes the data folder: unpacked from a template, which is quicker, or initialised; then it becomes the template. A template is
 * an archive that is complete or absent: it is written beside the server and moved into place.
 */
export async function makeData(supervisor: Supervisor, product: Product, site: Site): Promise<void> {
  const file = await templateFile(product, site);
  if (file !== undefined && existsSync(file)) {
    await succeed(supervisor, { file: 'mkdir', args: [site.data] });
    await succeed(supervisor, { file: 'tar', args: ['-xpf', file, '-C', site.data] });
    return;
  }
  await succeed(supervisor, product.initialize(site));
  if (file === undefined) return;
  const draft = join(site.folder, `${randomUUID()}.tar`);
  const excluded = product.unsharedFiles.map((name) => `--exclude=./${name}`);
  await succeed(supervisor, { file: 'tar', args: ['-cf', draft, ...excluded, '-C', site.data, '.'] });
  await rename(draft, file);
}
