import type { Engine, Entry, WriteBatch } from '@pandakv/core/engine';
import { assert } from 'chai';
import { bytes, noise } from '../support/bytes.js';
import { expectEntries } from '../support/expectations.js';
import { getOne, read } from '../support/reading.js';

const GUARD = bytes('guard');
const REPLACED = { start: bytes('replaced/'), end: bytes('replaced0') };

const numberOf = (held: Uint8Array | undefined): number => (held === undefined ? 0 : Number(Buffer.from(held).toString()));

/** Batch n moves the guard from n - 1 to n, puts n under every key, some of them large, and replaces a range. */
export function numberedBatch(n: number): WriteBatch {
  return {
    guard: { key: GUARD, expected: n === 1 ? undefined : bytes(String(n - 1)), next: bytes(String(n)) },
    deleteRanges: [REPLACED],
    deletes: [bytes(`odd/${(n + 1) % 2}`)],
    puts: rowsOf(n),
  };
}

function rowsOf(n: number): Entry[] {
  return [
    ...Array.from({ length: 16 }, (_, i): Entry => [
      bytes(`key/${String(i).padStart(2, '0')}`),
      noise(i === 7 ? 20_000 : 200, n),
    ]),
    [bytes(`odd/${n % 2}`), bytes(String(n))],
    [bytes(`replaced/${n}`), bytes(String(n))],
  ];
}

/** The last batch that the store holds, 0 for none. */
export async function batchNumber(engine: Engine): Promise<number> {
  return numberOf(await getOne(engine, GUARD));
}

/** Asserts, by one page, that the store holds some batch whole and nothing else, and returns its number. */
export async function expectWholeBatch(engine: Engine): Promise<number> {
  const entries = await read(engine);
  const held = entries.find(([key]) => Buffer.compare(key, GUARD) === 0);
  const n = numberOf(held?.[1]);
  if (n === 0) assert.lengthOf(entries, 0, 'rows of a store that holds no guard');
  else expectEntries(entries, [[GUARD, bytes(String(n))], ...rowsOf(n)], `the store that holds the guard of batch ${n}`);
  return n;
}
