import { PandaError, SPI_LIMITS, type EngineScanOptions, type WriteBatch } from '@pandakv/core/engine';

const { keyBytesMax, valueBytesMax } = SPI_LIMITS;

/** LevelDB builds a batch in memory and logs it as one record; this is far from what it could take. */
export const BATCH_BYTES_MAX = 64 * 1024 * 1024;

function checkKey(key: Uint8Array): void {
  if (key instanceof Uint8Array && key.length >= 1 && key.length <= keyBytesMax) return;
  throw new PandaError('InvalidArgument', `A key is 1 to ${keyBytesMax} bytes in a Uint8Array`);
}

function checkValue(value: Uint8Array): void {
  if (value instanceof Uint8Array && value.length <= valueBytesMax) return;
  throw new PandaError('InvalidArgument', `A value is at most ${valueBytesMax} bytes in a Uint8Array`);
}

/** @throws PandaError `InvalidArgument` */
export function checkKeys(keys: readonly Uint8Array[]): void {
  for (let i = 0; i < keys.length; i++) checkKey(keys[i]!);
}

/** @throws PandaError `InvalidArgument` */
export function checkBatch({ guard, puts, deletes }: WriteBatch): void {
  let bytes = 0;
  if (guard !== undefined) {
    checkKey(guard.key);
    checkValue(guard.next);
    bytes += guard.key.length + guard.next.length;
  }
  if (deletes !== undefined) {
    for (const key of deletes) {
      checkKey(key);
      bytes += key.length;
    }
  }
  if (puts !== undefined) {
    for (const [key, value] of puts) {
      checkKey(key);
      checkValue(value);
      bytes += key.length + value.length;
    }
  }
  if (bytes > BATCH_BYTES_MAX) throw new PandaError('InvalidArgument', `A batch is at most ${BATCH_BYTES_MAX} bytes`);
}

/** @throws PandaError `InvalidArgument` */
export function checkScan({ limit, maxBytes }: EngineScanOptions): void {
  if (!(Number.isInteger(limit) || limit === Infinity) || limit < 1) {
    throw new PandaError('InvalidArgument', 'The limit of a page is an integer, at least 1');
  }
  if (!(maxBytes >= 0)) throw new PandaError('InvalidArgument', 'The byte budget of a page is a number, not negative');
}
