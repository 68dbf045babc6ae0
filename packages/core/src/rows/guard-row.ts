import type { Timestamp } from '../clock/index.js';
import { ROW_SPACE } from './row-space.js';
import { seal, unseal } from './sealed-row.js';
import { readUint53, writeUint53 } from './uint53.js';

export const GUARD_ROW_KEY = `${ROW_SPACE.meta}/guard`;

/** What every batch of a leader moves forward. */
export interface GuardRow {
  /** Raised by each leader that opens the shard; batches of earlier leaders fail from then on. */
  readonly epoch: number;
  /** Random, so that two leaders that open the shard at once do not take each other's guard for their own. */
  readonly leader: number;
  /** The last group applied. */
  readonly sequence: number;
  /** The lease: no leader of this or an earlier epoch reads or commits above it, and the next one starts above it. */
  readonly clockBound: Timestamp;
}

export function encodeGuardRow(guard: GuardRow): Buffer {
  const payload = Buffer.allocUnsafe(32);
  writeUint53(payload, guard.epoch, 0);
  writeUint53(payload, guard.sequence, 8);
  writeUint53(payload, guard.clockBound, 16);
  writeUint53(payload, guard.leader, 24);
  return seal(GUARD_ROW_KEY, payload);
}

export function decodeGuardRow(bytes: Uint8Array): GuardRow {
  const payload = unseal(GUARD_ROW_KEY, bytes);
  return {
    epoch: readUint53(payload, 0),
    sequence: readUint53(payload, 8),
    clockBound: readUint53(payload, 16),
    leader: readUint53(payload, 24),
  };
}
