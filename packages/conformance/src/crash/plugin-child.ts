import type { Engine } from '@pandakv/core/engine';
import { isPlugin, openPlugin } from '../open-plugin.js';

/** Which plugin to open in another process, and how. */
export interface ChildArgument {
  /** `file:` URL of the module that exports `plugin`. */
  readonly module: string;
  readonly options: unknown;
}

/** The `childModule` of every bare plugin. */
export async function open({ module, options }: ChildArgument): Promise<Engine> {
  const loaded = (await import(module)) as { plugin?: unknown; default?: unknown };
  const plugin = [loaded.plugin, loaded.default].find(isPlugin);
  if (plugin === undefined) throw new Error(`No plugin is exported by ${module}`);
  return openPlugin(plugin, options);
}
