import { planLayout, type Split } from '../catalog/index.js';
import type { Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { IdentityRow, LayoutRange } from '../rows/index.js';
import { createShard, inspectShard } from '../shard/index.js';
import type { OpenEngine } from './open-engines.js';

/**
 * Makes sure that the engines are the shards of one database: checks those that are, creates the database where all are empty,
 * and finishes a creation that was cut off. Nothing is written before everything was checked.
 */
export async function prepareShards(
  engines: readonly OpenEngine[],
  splits: readonly Split[] | undefined,
  environment: Environment,
): Promise<void> {
  const identities = await Promise.all(engines.map(({ engine }) => inspectShard(engine)));
  const known = identities.find((identity) => identity !== undefined);
  const ids = engines.map(({ id }) => id);
  const layout = known?.layout ?? planLayout(ids, splits);
  for (const [at, identity] of identities.entries()) checkIdentity(ids[at]!, identity, known);
  checkLayout(layout, ids, splits);
  const database = known?.database ?? newDatabaseId(environment);
  for (const [at, { id, engine }] of engines.entries()) {
    if (identities[at] === undefined) await createShard(engine, { database, shard: id, layout });
  }
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

/** Fails when a shard of the layout is not among those given, or it is not the one that the splits make. */
export function checkLayout(layout: readonly LayoutRange[], ids: readonly string[], splits: readonly Split[] | undefined): void {
  const missing = layout.find(({ shard }) => !ids.includes(shard));
  if (missing !== undefined) {
    throw new PandaError('InvalidArgument', `The database has a shard '${missing.shard}' that was not given`, {
      shard: missing.shard,
    });
  }
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
