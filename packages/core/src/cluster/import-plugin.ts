import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EnginePlugin } from '../engine/index.js';

/** Loads the plugin of an engine package, from the first of the folders in which the package is found, else from core's own place. */
export async function importPlugin(name: string, folders: readonly string[]): Promise<EnginePlugin> {
  const location = find(name, folders);
  let module: { readonly plugin?: unknown };
  try {
    module = (await import(location ?? name)) as { readonly plugin?: unknown };
  } catch (cause) {
    const isMissing = location === undefined && codeOf(cause) === 'ERR_MODULE_NOT_FOUND';
    const message = isMissing ? `there is no package '${name}'` : `the package '${name}' cannot be loaded: ${firstLine(cause)}`;
    throw new Error(message, { cause });
  }
  if (!isPlugin(module.plugin)) throw new Error(`the package '${name}' is no engine: it exports no engine plugin`);
  return module.plugin;
}

function find(name: string, folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    try {
      return pathToFileURL(createRequire(join(folder, 'configuration')).resolve(name)).href;
    } catch (error) {
      if (codeOf(error) !== 'MODULE_NOT_FOUND' && codeOf(error) !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    }
  }
  return undefined;
}

function isPlugin(value: unknown): value is EnginePlugin {
  if (typeof value !== 'object' || value === null) return false;
  const { name, schema, open, module } = value as Record<keyof EnginePlugin, unknown>;
  const parses = typeof (schema as { safeParse?: unknown } | undefined)?.safeParse === 'function';
  return typeof name === 'string' && parses && typeof open === 'function' && module !== undefined;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** It is about code, which has not seen any options yet. */
function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0]!;
}
