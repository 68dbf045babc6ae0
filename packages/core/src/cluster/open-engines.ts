import type { Container } from 'inversify';
import type { Engine, EnginePlugin } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import type { EnginePackage, ShardConfig } from './config.js';
import { pluginOf } from './container.js';

export interface OpenEngine {
  readonly id: string;
  readonly engine: Engine;
}

/** Checks every shard's options, then opens the engines; closes those that are open when one fails. */
export async function openEngines(container: Container, shards: readonly ShardConfig[]): Promise<OpenEngine[]> {
  const sources = await Promise.all(shards.map((shard) => resolveSource(container, shard)));
  const opened = await Promise.allSettled(
    sources.map(async ({ id, plugin, options }) => ({ id, engine: await plugin.open(options) })),
  );
  const engines = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed === undefined) return engines;
  await Promise.allSettled(engines.map(({ engine }) => engine.close()));
  throw failed.reason;
}

async function resolveSource(container: Container, { id, engine }: ShardConfig) {
  const source = 'package' in engine ? { plugin: await importPlugin(engine), options: engine.options } : engine;
  const plugin = pluginOf(container, source.plugin);
  const parsed = plugin.schema.safeParse(source.options);
  if (!parsed.success) {
    // Only paths and codes: an issue's message may quote what was given, a connection string with a password for one.
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.code}`);
    throw new PandaError('InvalidArgument', `The options of shard '${id}' (${plugin.name}) are not valid: ${issues.join('; ')}`, {
      shard: id,
    });
  }
  return { id, plugin, options: parsed.data };
}

async function importPlugin({ package: name }: EnginePackage): Promise<EnginePlugin> {
  let module: { plugin?: EnginePlugin };
  try {
    module = (await import(name)) as { plugin?: EnginePlugin };
  } catch (cause) {
    throw new PandaError('InvalidArgument', `The engine package '${name}' cannot be loaded`, { cause });
  }
  if (module.plugin === undefined) throw new PandaError('InvalidArgument', `'${name}' exports no engine plugin`);
  return module.plugin;
}
