import type { Timestamp } from '../clock/index.js';
import { ROW_SPACE } from './row-space.js';
import { seal, unseal } from './sealed-row.js';
import { readUint53, writeUint53 } from './uint53.js';

/** `m/conflicts`: the latest commit that named a write conflict by hand. The next leader knows no more of those. */
export const CONFLICT_FLOOR_ROW_KEY = `${ROW_SPACE.meta}/conflicts`;

export function encodeConflictFloorRow(latest: Timestamp): Buffer {
  const payload = Buffer.allocUnsafe(8);
  writeUint53(payload, latest, 0);
  return seal(CONFLICT_FLOOR_ROW_KEY, payload);
}

export function decodeConflictFloorRow(bytes: Uint8Array): Timestamp {
  return readUint53(unseal(CONFLICT_FLOOR_ROW_KEY, bytes), 0);
}
