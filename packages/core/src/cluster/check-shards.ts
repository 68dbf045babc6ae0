import { membersIn, placeBy, traceOf, type SystemTrace } from '../catalog/index.js';
import { SteadyEnvironment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { IdentityRow } from '../rows/index.js';
import { inspectShard } from '../shard/index.js';
import { checkConfig, type DatabaseConfig } from './config.js';
import { createContainer } from './container.js';
import { checkIdentity, checkMembers, checkSplits, shardsOf } from './prepare-shards.js';
import { resolveEngines, type ResolvedEngine } from './resolve-engines.js';
import { systemEnvironment } from './system-environment.js';

/** What was found at one shard's store. */
export interface ShardCheck {
  readonly id: string;
  /** The name of the engine's plugin. */
  readonly engine: string;
  /** `ready`: holds this shard. `empty`: the shard is made when the database is opened. Missing when something is wrong. */
  readonly state?: 'ready' | 'empty';
  readonly error?: PandaError;
}

/**
 * Opens every shard's engine, looks at what its store holds, and closes it again. Takes nothing over: a process that leads the
 * shards goes on, where its engines let a second one look. An engine may make an empty store where nothing is.
 *
 * @throws PandaError `InvalidArgument` for a configuration that is not valid; then nothing was opened
 */
export async function checkShards(config: DatabaseConfig): Promise<ShardCheck[]> {
  const checked = checkConfig(config);
  const container = createContainer(new SteadyEnvironment(config.environment ?? systemEnvironment), checked.settings);
  const engines = await resolveEngines(container, checked);
  const looks = await Promise.all(engines.map(look));
  const known = looks.find(({ identity }) => identity !== undefined)?.identity;
  const ids = engines.map(({ id }) => id);
  const traces = new Map(looks.map(({ trace }, at) => [ids[at]!, trace]));
  return engines.map(({ id, plugin }, at) => {
    const { identity, error } = looks[at]!;
    const problem =
      error ??
      problemOf(() => {
        checkIdentity(id, identity, known);
        if (identity === undefined) return;
        const place = placeBy(traces);
        const members = looks[ids.indexOf(place?.from ?? place?.host ?? '')]?.members ?? [];
        checkMembers(members.length > 0 ? members : shardsOf(identity.layout), ids);
        checkSplits(identity.layout, ids, checked.splits);
      });
    if (problem !== undefined) return { id, engine: plugin.name, error: problem };
    return { id, engine: plugin.name, state: identity === undefined ? 'empty' : 'ready' };
  });
}

interface Look {
  readonly identity?: IdentityRow | undefined;
  readonly trace?: SystemTrace | undefined;
  /** The shards of the database, where the engine holds its catalog. */
  readonly members?: readonly string[] | undefined;
  readonly error?: PandaError;
}

async function look({ id, plugin, options }: ResolvedEngine): Promise<Look> {
  try {
    const engine = await plugin.open(options);
    try {
      const identity = await inspectShard(engine);
      const trace = identity && (await traceOf(engine));
      return { identity, trace, members: trace?.isWhole === true ? await membersIn(engine) : undefined };
    } finally {
      await engine.close();
    }
  } catch (error) {
    return { error: asPandaError(error, id) };
  }
}

function problemOf(check: () => void): PandaError | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return asPandaError(error);
  }
}

function asPandaError(error: unknown, shard?: string): PandaError {
  if (PandaError.is(error)) return error;
  return new PandaError('ShardUnavailable', 'The engine failed', { cause: error, ...(shard === undefined ? {} : { shard }) });
}
