import { PandaError } from '../errors/index.js';
import type { Key } from '../keys/index.js';
import { stamped, VERSIONSTAMP_BYTES } from '../shard/index.js';

/** Where a versionstamp begins in a key or a value of that length, checked. */
export function checkStampOffset(offset: number, length: number): number {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset + VERSIONSTAMP_BYTES <= length) return offset;
  throw new PandaError(
    'InvalidArgument',
    `A versionstamp takes ${VERSIONSTAMP_BYTES} bytes from its offset on, within what is written`,
  );
}

const UNKNOWN = '\xff'.repeat(VERSIONSTAMP_BYTES);

/** The key behind all that a commit may make of it. */
export function withoutStamp(key: Key, offset: number): Key {
  return stamped(key, offset, UNKNOWN);
}
