import type { Timestamp } from '../clock/index.js';
import { prefixEnd, type Key, type Span } from '../keys/index.js';
import { pack, unpack } from '../rows/index.js';

const RETENTION = 't';
const PROTECTION = 'p';

/**
 * `t` + prefix: how long versions of keys with the prefix are kept, `[milliseconds or null, threshold]`. What was superseded up to the
 * threshold may be gone. A record is never removed, so that its threshold stays.
 */
export interface RetentionRecord {
  readonly prefix: Key;
  /** Undefined: as long as those of the next shorter prefix. */
  readonly ms: number | undefined;
  readonly threshold: Timestamp;
}

/** `p` + name: what can be read at a timestamp is kept until the protection expires, `[timestamp, expires at]`. */
export interface ProtectionRecord {
  readonly name: string;
  readonly timestamp: Timestamp;
  /** Wall time, in milliseconds. */
  readonly expiresAt: number;
}

export const ALL_RETENTIONS: Span = { start: RETENTION, end: prefixEnd(RETENTION) };
export const ALL_PROTECTIONS: Span = { start: PROTECTION, end: prefixEnd(PROTECTION) };

export function retentionRecordKey(prefix: Key): Key {
  return RETENTION + prefix;
}

export function encodeRetentionRecord({ ms, threshold }: RetentionRecord): Buffer {
  return pack([ms ?? null, threshold]);
}

export function decodeRetentionRecord(key: Uint8Array, value: Uint8Array): RetentionRecord {
  const [ms, threshold] = unpack(value) as [number | null, Timestamp];
  return { prefix: latin1(key).slice(RETENTION.length), ms: ms ?? undefined, threshold };
}

/** Names are UTF-8. */
export function protectionRecordKey(name: string): Key {
  return PROTECTION + Buffer.from(name).toString('latin1');
}

export function encodeProtectionRecord({ timestamp, expiresAt }: ProtectionRecord): Buffer {
  return pack([timestamp, expiresAt]);
}

export function decodeProtectionRecord(key: Uint8Array, value: Uint8Array): ProtectionRecord {
  const [timestamp, expiresAt] = unpack(value) as [Timestamp, number];
  return { name: Buffer.from(key.subarray(PROTECTION.length)).toString(), timestamp, expiresAt };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
