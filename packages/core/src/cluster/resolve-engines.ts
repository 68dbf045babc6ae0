import type { Container } from 'inversify';
import type { EnginePlugin } from '../engine/index.js';
import type { CheckedConfig, ShardConfig } from './config.js';
import { throwProblems, type ConfigProblem } from './config-problem.js';
import { importPlugin } from './import-plugin.js';
import { pluginOf } from './plugin-of.js';

/** A shard's engine package, loaded, with options that it accepts. */
export interface ResolvedEngine {
  readonly id: string;
  readonly plugin: EnginePlugin;
  readonly options: unknown;
}

type Path = ConfigProblem['path'];

/** An engine as it is configured, and where in the configuration. */
interface Given {
  readonly engine: string | EnginePlugin;
  readonly enginePath: Path;
  readonly options: unknown;
  readonly optionsPath: Path;
}

/** Loads the engine packages, checks every shard's options, and that no two shards share a store. Opens nothing. */
export async function resolveEngines(container: Container, config: CheckedConfig): Promise<ResolvedEngine[]> {
  const problems: ConfigProblem[] = [];
  const resolved: ResolvedEngine[] = [];
  for (const [at, shard] of config.shards.entries()) {
    const given = givenAt(shard, at);
    try {
      const plugin = await loadPlugin(container, given.engine, config.packageFolders);
      const { options, issues } = checkOptions(plugin, given, config.folder);
      problems.push(...issues);
      if (issues.length === 0) resolved.push({ id: shard.id, plugin, options });
    } catch (error) {
      problems.push({ path: given.enginePath, message: (error as Error).message });
    }
  }
  throwProblems(problems);
  throwProblems(sharedStores(resolved, config.shards));
  return resolved;
}

function givenAt({ engine, options }: ShardConfig, at: number): Given {
  const path = ['shards', at];
  if (typeof engine === 'string') {
    return { engine, enginePath: [...path, 'engine'], options: options ?? {}, optionsPath: [...path, 'options'] };
  }
  const optionsPath = [...path, 'engine', 'options'];
  if ('package' in engine) {
    return { engine: engine.package, enginePath: [...path, 'engine', 'package'], options: engine.options, optionsPath };
  }
  return { engine: engine.plugin, enginePath: [...path, 'engine'], options: engine.options, optionsPath };
}

async function loadPlugin(
  container: Container,
  engine: string | EnginePlugin,
  folders: readonly string[],
): Promise<EnginePlugin> {
  return pluginOf(container, typeof engine === 'string' ? await importPlugin(engine, folders) : engine);
}

function checkOptions(
  plugin: EnginePlugin,
  { options, optionsPath }: Given,
  folder: string | undefined,
): { options?: unknown; issues: ConfigProblem[] } {
  const parsed = plugin.schema.safeParse(options);
  if (parsed.success) {
    const from = folder === undefined ? undefined : plugin.withPathsFrom?.(folder, parsed.data);
    return { options: from ?? parsed.data, issues: [] };
  }
  const secrets = textsIn(options);
  const issues = parsed.error.issues.map(({ path, code, message }) => ({
    path: [...optionsPath, ...path],
    // A message that quotes what was given might quote a password.
    message: secrets.some((text) => message.includes(text)) ? code : message,
  }));
  return { issues };
}

const SECRET_LENGTH_MIN = 3;

/** Texts among the options, but not those within objects that are no data. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return value.length < SECRET_LENGTH_MIN ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  const isData = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
  return isData ? Object.values(value).flatMap(textsIn) : [];
}

function sharedStores(engines: readonly ResolvedEngine[], shards: readonly ShardConfig[]): ConfigProblem[] {
  const first = new Map<string, number>();
  return engines.flatMap(({ plugin, options }, at) => {
    const storage = plugin.storageOf?.(options);
    if (storage === undefined) return [];
    const name = `${plugin.name} ${storage}`;
    const other = first.get(name);
    if (other === undefined) first.set(name, at);
    const { optionsPath } = givenAt(shards[at]!, at);
    return other === undefined
      ? []
      : [{ path: optionsPath, message: `this is the store of shards[${other}] as well: ${storage}` }];
  });
}
