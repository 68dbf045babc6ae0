import type { Engine } from '../engine/index.js';
import { PandaError } from '../errors/index.js';
import {
  decodeIdentityRow,
  decodeRelocationRow,
  IDENTITY_ROW_KEY,
  RELOCATION_ROW_KEY,
  rowKeyBytes,
  type RelocationRow,
} from '../rows/index.js';
import { systemEngine } from './system-engine.js';
import { readMembers } from './system-shard.js';

/** What a shard's engine tells of the system shard. */
export interface SystemTrace {
  /** Whether the system shard was made here, or brought here to the end. */
  readonly isWhole: boolean;
  readonly relocation: RelocationRow | undefined;
}

/** Where the system shard is. */
export interface SystemPlace {
  /** Id of the shard whose engine holds it. */
  readonly host: string;
  /** How often its place was changed. */
  readonly number: number;
  /** Where it has still to be brought from: id of a shard. */
  readonly from?: string;
}

/** Looks what a shard's engine holds of the system shard; undefined where it holds nothing. Changes nothing. */
export async function traceOf(engine: Engine): Promise<SystemTrace | undefined> {
  const keys = [RELOCATION_ROW_KEY, IDENTITY_ROW_KEY].map(rowKeyBytes);
  const [relocation, identity] = await systemEngine(engine).get(keys);
  if (relocation === undefined && identity === undefined) return undefined;
  // A format that is newer is refused.
  if (identity !== undefined) decodeIdentityRow(identity);
  return { isWhole: identity !== undefined, relocation: relocation && decodeRelocationRow(relocation) };
}

/**
 * Where the system shard is by the traces, by shard, and whether it was on its way there; undefined where there is none. A place is
 * superseded by every later change.
 *
 * @throws PandaError `InvalidArgument` where it is in a shard that was not given
 */
export function placeBy(traces: ReadonlyMap<string, SystemTrace | undefined>): SystemPlace | undefined {
  const here = latest([...traces].flatMap(([host, trace]) => (isHere(trace) ? [{ host, number: numberOf(trace) }] : [])));
  const gone = latest(
    [...traces].flatMap(([from, trace]) => {
      const relocation = trace?.relocation;
      return relocation?.state === 'gone' ? [{ host: relocation.other, number: relocation.number, from }] : [];
    }),
  );
  if (gone === undefined || (here !== undefined && here.number >= gone.number)) return here;
  if (traces.has(gone.host)) return gone;
  throw new PandaError('InvalidArgument', `The database's catalog is in shard '${gone.host}', which was not given`, {
    shard: gone.host,
  });
}

function isHere(trace: SystemTrace | undefined): boolean {
  return trace?.isWhole === true && (trace.relocation === undefined || trace.relocation.state === 'here');
}

function numberOf(trace: SystemTrace | undefined): number {
  return trace?.relocation?.number ?? 0;
}

function latest<Place extends SystemPlace>(places: readonly Place[]): Place | undefined {
  return places.toSorted((a, b) => b.number - a.number)[0];
}

/** The shards of the database by the catalog in an engine; none where it was not written yet. */
export async function membersIn(engine: Engine): Promise<string[]> {
  return (await readMembers(systemEngine(engine))).map(({ shard }) => shard);
}
