import { PandaError } from '../errors/index.js';
import { userKey, userValue, type Bytes } from '../keys/index.js';
import { stamped, VERSIONSTAMP_BYTES } from '../shard/index.js';
import type { WriteBuffer } from './write-buffer.js';

/** Until the stamp is known, the key stands behind all that a commit may make of it. */
const UNKNOWN = '\xff'.repeat(VERSIONSTAMP_BYTES);

export function setStampedKey(writes: WriteBuffer, key: Bytes, offset: number, value: Bytes): void {
  const given = userKey(key);
  const checked = stamped(given, checkOffset(offset, given.length), UNKNOWN);
  writes.setStamped(checked, userValue(value), { part: 'key', offset });
}

export function setStampedValue(writes: WriteBuffer, key: Bytes, value: Bytes, offset = 0): void {
  const checked = userValue(value);
  writes.setStamped(userKey(key), checked, { part: 'value', offset: checkOffset(offset, checked.length) });
}

function checkOffset(offset: number, length: number): number {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset + VERSIONSTAMP_BYTES <= length) return offset;
  throw new PandaError(
    'InvalidArgument',
    `A versionstamp takes ${VERSIONSTAMP_BYTES} bytes from its offset on, within what is written`,
  );
}
