import type { Engine, EngineScanOptions, Entry, KeyRange } from '@pandakv/core/engine';
import { assert } from 'chai';
import { EMPTY, MIB } from './bytes.js';

export const EVERYTHING: KeyRange = Object.freeze({ start: EMPTY });
/** One page, however long. */
export const WHOLE: EngineScanOptions = Object.freeze({ limit: Infinity, maxBytes: Infinity });

export async function getOne(engine: Engine, key: Uint8Array): Promise<Uint8Array | undefined> {
  const values = await engine.get([key]);
  assert.lengthOf(values, 1, 'get of one key answers one value');
  return values[0];
}

/** The entries of a range, by one page. */
export async function read(engine: Engine, range: KeyRange = EVERYTHING, reverse = false): Promise<readonly Entry[]> {
  const { entries, rest } = await engine.scan(range, { ...WHOLE, reverse });
  assert.isUndefined(rest, 'a page without limits leaves no rest');
  return entries;
}

/** The entries of a range, page by page. Fails rather than go round for ever. */
export async function walk(engine: Engine, range: KeyRange, options: EngineScanOptions, atMost = 100_000): Promise<Entry[]> {
  const gathered: Entry[] = [];
  let left: KeyRange | undefined = range;
  while (left !== undefined) {
    const { entries, rest }: { readonly entries: readonly Entry[]; readonly rest?: KeyRange | undefined } = await engine.scan(
      left,
      options,
    );
    assert.isAtMost(entries.length, options.limit, 'entries in a page');
    if (rest !== undefined) assert.isNotEmpty(entries, 'a page is empty although it names a rest');
    gathered.push(...entries);
    assert.isAtMost(gathered.length, atMost, 'entries in all pages: the scan goes round');
    left = rest;
  }
  return gathered;
}

/** Writes many entries, in batches of moderate size. */
export async function fill(engine: Engine, entries: readonly Entry[]): Promise<void> {
  let puts: Entry[] = [];
  let size = 0;
  for (const entry of entries) {
    puts.push(entry);
    size += entry[0].length + entry[1].length;
    if (puts.length < 1_000 && size < 4 * MIB) continue;
    await engine.write({ puts });
    puts = [];
    size = 0;
  }
  if (puts.length > 0) await engine.write({ puts });
}
