import type { Container } from 'inversify';
import { ENGINE_PLUGIN, type EnginePlugin } from '../engine/index.js';

/** The plugin of an engine package, bound by the package's own module. */
export function pluginOf(container: Container, plugin: EnginePlugin): EnginePlugin {
  const isKnown = container.isBound(ENGINE_PLUGIN, { name: plugin.name });
  if (!isKnown) container.load(plugin.module);
  const bound = container.get<EnginePlugin>(ENGINE_PLUGIN, { name: plugin.name });
  if (isKnown && bound !== plugin) throw new Error(`two engine packages have the name '${plugin.name}'`);
  return bound;
}
