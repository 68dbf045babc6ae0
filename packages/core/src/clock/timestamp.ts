/**
 * A reading of a hybrid logical clock: milliseconds since 2020-01-01 × 4096 + a logical counter. A safe integer until 2089.
 * 0 stands for "before everything": a key that never existed has version 0.
 */
export type Timestamp = number;

export const TICKS_PER_MS = 4096;

const EPOCH_MS = Date.UTC(2020, 0, 1);

/** The first timestamp of a millisecond of the wall clock. */
export function timestampAt(wallMs: number): Timestamp {
  return Math.max(0, Math.floor(wallMs - EPOCH_MS)) * TICKS_PER_MS;
}

/** The wall clock's millisecond of a timestamp. */
export function wallTimeOf(timestamp: Timestamp): number {
  return Math.floor(timestamp / TICKS_PER_MS) + EPOCH_MS;
}

export function isTimestamp(value: unknown): value is Timestamp {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
