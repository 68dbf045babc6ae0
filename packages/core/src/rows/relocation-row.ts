import type { Key } from '../keys/index.js';
import { ROW_SPACE } from './row-space.js';
import { pack, seal, unpack, unseal } from './sealed-row.js';

/**
 * `here`: the catalog is here. `gone`: it is frozen here, and is to be, or was, brought to another place. `coming`: it is being brought here.
 */
export type RelocationState = 'here' | 'gone' | 'coming';

/**
 * `m/relocation` of a place of the system shard: what the last change of its place, of which this place was a part, has made of it. The
 * place where the database was created has none before the first change.
 */
export interface RelocationRow {
  readonly state: RelocationState;
  /** Counts the changes of place, from 1. */
  readonly number: number;
  /** Id of the shard whose engine is the other place of the change. */
  readonly other: string;
  /** Who brings it here, a random text; empty where it is gone. */
  readonly copier: string;
}

export const RELOCATION_ROW_KEY: Key = `${ROW_SPACE.meta}/relocation`;

export function encodeRelocationRow({ state, number, other, copier }: RelocationRow): Buffer {
  return seal(RELOCATION_ROW_KEY, pack([state, number, other, copier]));
}

export function decodeRelocationRow(bytes: Uint8Array): RelocationRow {
  const [state, number, other, copier] = unpack(unseal(RELOCATION_ROW_KEY, bytes)) as [RelocationState, number, string, string];
  return { state, number, other, copier };
}
