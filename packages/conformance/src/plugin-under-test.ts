import type { Engine, EnginePlugin } from '@pandakv/core/engine';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildArgument } from './crash/plugin-child.js';
import type { EngineUnderTest, Store } from './engine-under-test.js';
import { openPlugin } from './open-plugin.js';

export interface PluginUnderTest extends Omit<EngineUnderTest, 'name' | 'create' | 'childModule'> {
  readonly name?: string | undefined;
  readonly plugin: EnginePlugin;
  /**
   * Options of the plugin. In their strings, `{unique}` becomes a new name (letters, digits and underscores) for each store, and
   * `{tmp}` a temporary folder that is removed with it. Without either, all stores are the one place that the options name: it must be
   * empty, and is emptied after each test.
   */
  readonly options: unknown;
  /** `file:` URL of the module that exports `plugin`, for other processes. */
  readonly module?: string | undefined;
}

const run = `${process.pid.toString(36)}${Date.now().toString(36)}`;
let stores = 0;

/** Makes stores for a bare plugin. */
export function pluginUnderTest({ plugin, options, module, ...rest }: PluginUnderTest): EngineUnderTest {
  return {
    name: plugin.name,
    ...rest,
    create: () => createStore(plugin, options, module),
    childModule: module === undefined ? undefined : new URL('./crash/plugin-child.js', import.meta.url),
  } as EngineUnderTest;
}

async function createStore(plugin: EnginePlugin, template: unknown, module: string | undefined): Promise<Store> {
  const tmp = mentions(template, '{tmp}') ? await mkdtemp(join(tmpdir(), 'panda-conformance-')) : '';
  const unique = `c${run}_${++stores}`;
  const options = fillIn(template, (text) => text.replaceAll('{unique}', unique).replaceAll('{tmp}', tmp));
  const open = () => openPlugin(plugin, options);
  let wasOpened = false;
  return {
    open: async () => {
      const engine = await open();
      wasOpened = true;
      return engine;
    },
    destroy: async () => {
      // What a plugin has made, only the plugin can remove; its rows are ours.
      if (tmp !== '') await rm(tmp, { recursive: true, force: true });
      else if (wasOpened) await empty(open);
    },
    childArgument: { module: module ?? '', options } satisfies ChildArgument,
  };
}

async function empty(open: () => Promise<Engine>): Promise<void> {
  const engine = await open();
  try {
    await engine.write({ deleteRanges: [{ start: new Uint8Array(0) }] });
  } finally {
    await engine.close();
  }
}

function mentions(template: unknown, placeholder: string): boolean {
  let found = false;
  fillIn(template, (text) => {
    found ||= text.includes(placeholder);
    return text;
  });
  return found;
}

/** The same value with every string in it replaced. What is no plain data stays as it is. */
function fillIn(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === 'string') return replace(value);
  if (Array.isArray(value)) return value.map((item) => fillIn(item, replace));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fillIn(item, replace)]));
}
