import { planLayout, readMembers, SYSTEM_RANGE, systemEngine, systemShardId, type Split } from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import type { Engine } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import type { IdentityRow, LayoutRange } from '../rows/index.js';
import { createShard, inspectShard } from '../shard/index.js';
import type { OpenEngine } from './open-engines.js';

/**
 * Makes sure that the engines are the shards of one database: checks those that are, creates the database where all are empty,
 * and finishes a creation that was cut off. Nothing is written before everything was checked. Answers which shard's engine holds the
 * system shard.
 */
export async function prepareShards(
  engines: readonly OpenEngine[],
  splits: readonly Split[] | undefined,
  environment: Environment,
): Promise<string> {
  const identities = await Promise.all(engines.map(({ engine }) => inspectShard(engine)));
  const known = identities.find((identity) => identity !== undefined);
  const ids = engines.map(({ id }) => id);
  const layout = known?.layout ?? planLayout(ids, splits);
  for (const [at, identity] of identities.entries()) checkIdentity(ids[at]!, identity, known);
  const system = await findSystem(engines);
  checkMembers(system?.members ?? shardsOf(layout), ids);
  checkSplits(layout, ids, splits);
  const database = known?.database ?? newDatabaseId(environment);
  for (const [at, { id, engine }] of engines.entries()) {
    if (identities[at] === undefined) await createShard(engine, { database, shard: id, layout });
  }
  if (system !== undefined) return system.host;
  const host = layout[0]!.shard;
  await createSystemShard(
    engines.find(({ id }) => id === host)!,
    database,
  );
  return host;
}

/** Where the system shard lies, and the shards that its catalog names: all that there were, if it was not yet written. */
async function findSystem(
  engines: readonly OpenEngine[],
): Promise<{ readonly host: string; readonly members: readonly string[] | undefined } | undefined> {
  for (const { id, engine } of engines) {
    const members = await inspectSystem(engine);
    if (members !== undefined) return { host: id, members: members.length === 0 ? undefined : members };
  }
  return undefined;
}

/** The shards of the database, if the engine holds the system shard. */
export async function inspectSystem(engine: Engine): Promise<string[] | undefined> {
  const system = systemEngine(engine);
  if ((await inspectShard(system)) === undefined) return undefined;
  return (await readMembers(system)).map(({ shard }) => shard);
}

async function createSystemShard({ id, engine }: OpenEngine, database: string): Promise<void> {
  const shard = systemShardId(id);
  await createShard(systemEngine(engine), { database, shard, layout: [{ id: SYSTEM_RANGE, start: '', end: undefined, shard }] });
}

/** Fails when a store is that of another shard, or of another database, than the known one. */
export function checkIdentity(id: string, identity: IdentityRow | undefined, known: IdentityRow | undefined): void {
  if (identity === undefined || known === undefined) return;
  if (identity.database !== known.database) {
    throw new PandaError('InvalidArgument', `Shard '${id}' belongs to another database`, { shard: id });
  }
  if (identity.shard !== id) {
    throw new PandaError('InvalidArgument', `The store given for shard '${id}' is that of shard '${identity.shard}'`, {
      shard: id,
    });
  }
}

export function shardsOf(layout: readonly LayoutRange[]): string[] {
  return layout.map(({ shard }) => shard);
}

/** Fails when a shard of the database is not among those given. */
export function checkMembers(members: readonly string[], ids: readonly string[]): void {
  const missing = members.find((shard) => !ids.includes(shard));
  if (missing === undefined) return;
  throw new PandaError('InvalidArgument', `The database has a shard '${missing}' that was not given`, { shard: missing });
}

/** Fails when the splits make another layout than that with which the database was created. */
export function checkSplits(layout: readonly LayoutRange[], ids: readonly string[], splits: readonly Split[] | undefined): void {
  if (splits === undefined) return;
  const wanted = planLayout(ids, splits);
  const differs = wanted.length !== layout.length || wanted.some((range, at) => !isSame(range, layout[at]!));
  if (differs) throw new PandaError('InvalidArgument', 'The splits given are not those that the database was created with');
}

function isSame(a: LayoutRange, b: LayoutRange): boolean {
  return a.start === b.start && a.end === b.end && a.shard === b.shard;
}

function newDatabaseId(environment: Environment): string {
  const part = () =>
    Math.floor(environment.random() * 2 ** 48)
      .toString(16)
      .padStart(12, '0');
  return part() + part();
}
