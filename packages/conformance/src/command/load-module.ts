import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EngineUnderTest } from '../engine-under-test.js';
import { isPlugin } from '../open-plugin.js';
import { pluginUnderTest } from '../plugin-under-test.js';
import { CannotRun } from './cannot-run.js';

/** What a module says is to be tested: its `engineUnderTest`, its `plugin`, or either as its default export. */
export async function loadEngine(name: string, options: unknown): Promise<EngineUnderTest> {
  const module = locate(name);
  const exported = await load(name, module);
  const candidates = [exported['engineUnderTest'], exported['plugin'], exported['default']];
  const underTest = candidates.find(isEngineUnderTest);
  if (underTest !== undefined) {
    if (options === undefined) return underTest;
    throw new CannotRun(`--options are for a plugin; ${name} exports an engine under test, which has its own`);
  }
  const plugin = candidates.find(isPlugin);
  if (plugin === undefined)
    throw new CannotRun(`${name} exports no \`plugin\` and no \`engineUnderTest\`, nor either by default`);
  return pluginUnderTest({ plugin, options: options ?? {}, module });
}

async function load(name: string, module: string): Promise<Record<string, unknown>> {
  try {
    return (await import(module)) as Record<string, unknown>;
  } catch (error) {
    throw new CannotRun(`${name} cannot be loaded: ${error instanceof Error ? error.message : 'it throws'}`);
  }
}

/** A file, else a package as the current folder sees it, else one as this package sees it. A `file:` URL. */
function locate(name: string): string {
  const file = resolve(name);
  if (existsSync(file) && !isFolder(name)) return pathToFileURL(file).href;
  try {
    return pathToFileURL(createRequire(join(process.cwd(), 'package.json')).resolve(name)).href;
  } catch {
    // A package without an entry for `require`, for one.
  }
  try {
    return import.meta.resolve(name);
  } catch {
    throw new CannotRun(`There is no file and no package '${name}'`);
  }
}

function isFolder(name: string): boolean {
  return !/\.[cm]?[jt]s$/.test(name);
}

function isEngineUnderTest(value: unknown): value is EngineUnderTest {
  if (typeof value !== 'object' || value === null) return false;
  const { name, create } = value as { name?: unknown; create?: unknown };
  return typeof name === 'string' && typeof create === 'function';
}
