import {
  clearOldPlace,
  membersIn,
  placeBy,
  planLayout,
  systemEngine,
  systemIdentity,
  traceOf,
  type Split,
  type SystemPlace,
} from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import type { Engine } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import type { IdentityRow, LayoutRange } from '../rows/index.js';
import { createShard, inspectShard } from '../shard/index.js';
import type { OpenEngine } from './open-engines.js';
import { finishRelocation, type CopyParts } from './relocate-system.js';

/**
 * Makes sure that the engines are the shards of one database: checks those that are, creates the database where all are empty,
 * and finishes a creation that was cut off. Nothing is written before everything was checked. Answers where the system shard is.
 */
export async function prepareShards(
  engines: readonly OpenEngine[],
  splits: readonly Split[] | undefined,
  environment: Environment,
): Promise<SystemPlace> {
  const identities = await Promise.all(engines.map(({ engine }) => inspectShard(engine)));
  const known = identities.find((identity) => identity !== undefined);
  const ids = engines.map(({ id }) => id);
  const layout = known?.layout ?? planLayout(ids, splits);
  for (const [at, identity] of identities.entries()) checkIdentity(ids[at]!, identity, known);
  const traces = new Map(await Promise.all(engines.map(async ({ id, engine }) => [id, await traceOf(engine)] as const)));
  const place = placeBy(traces);
  const members = place && (await membersIn(engineOf(engines, place.from ?? place.host)));
  checkMembers(members === undefined || members.length === 0 ? shardsOf(layout) : members, ids);
  checkSplits(layout, ids, splits);
  const database = known?.database ?? newDatabaseId(environment);
  for (const [at, { id, engine }] of engines.entries()) {
    if (identities[at] === undefined) await createShard(engine, { database, shard: id, layout });
  }
  if (place !== undefined) return await settle(place, { environment, database, engine: (id) => engineOf(engines, id) }, ids);
  const host = layout[0]!.shard;
  await createShard(systemEngine(engineOf(engines, host)), systemIdentity(database, host));
  return { host, number: 0 };
}

/** Ends a change of place that was cut off, and clears the places where the system shard was. */
async function settle({ host, number, from }: SystemPlace, parts: CopyParts, ids: readonly string[]): Promise<SystemPlace> {
  if (from !== undefined) await finishRelocation(parts, { host, number, from });
  for (const id of ids) await clearOldPlace({ host: id, engine: parts.engine(id) });
  return { host, number };
}

function engineOf(engines: readonly OpenEngine[], shard: string): Engine {
  return engines.find(({ id }) => id === shard)!.engine;
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
