import { PandaError, type Engine, type EnginePlugin } from '@pandakv/core/engine';

/**
 * Opens an engine as core does: its options are parsed by its schema first.
 *
 * @throws PandaError `InvalidArgument` for options that the schema refuses, and what the plugin fails with
 */
export async function openPlugin(plugin: EnginePlugin, options: unknown): Promise<Engine> {
  const parsed = plugin.schema.safeParse(options);
  if (parsed.success) return plugin.open(parsed.data);
  const problems = parsed.error.issues.map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '));
  throw new PandaError('InvalidArgument', `Options of the engine '${plugin.name}': ${problems.join('; ')}`);
}

export function isPlugin(value: unknown): value is EnginePlugin {
  if (typeof value !== 'object' || value === null) return false;
  const { name, open, schema } = value as { name?: unknown; open?: unknown; schema?: unknown };
  return typeof name === 'string' && typeof open === 'function' && typeof schema === 'object' && schema !== null;
}
