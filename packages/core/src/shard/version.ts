import type { Timestamp } from '../clock/index.js';

/** A version of a key. `timestamp` 0 and no value: the key did not exist. */
export interface Version {
  readonly timestamp: Timestamp;
  readonly value: Uint8Array | undefined;
}

export const ABSENT: Version = Object.freeze({ timestamp: 0, value: undefined });
