import type { Router } from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import type { Key } from '../keys/index.js';
import type { HistoryResult } from '../shard/index.js';
import { copyOf } from './copy.js';

const PAGE_VERSIONS = 64;

/** What a commit made of a key. */
export interface HistoryEntry {
  readonly timestamp: Timestamp;
  /** Undefined: it was deleted. */
  readonly value: Uint8Array | undefined;
}

/** All that is kept of a key's past, the newest first, fetched page by page as it is taken. */
export async function* historyOfKey(router: Router, key: Key, check: () => void): AsyncGenerator<HistoryEntry, void, undefined> {
  let newer: Timestamp | undefined;
  for (let before: Timestamp | undefined = Number.MAX_SAFE_INTEGER; before !== undefined;) {
    check();
    const { versions, rest }: HistoryResult = await pageOf(router, key, before, 1);
    for (const { timestamp, superseded, value } of versions) {
      if (superseded !== undefined && superseded !== newer) yield { timestamp: superseded, value: undefined };
      yield { timestamp, value: copyOf(value) };
      newer = timestamp;
    }
    before = rest;
  }
}

async function pageOf(router: Router, key: Key, before: Timestamp, attempt: number): Promise<HistoryResult> {
  const { shard, routes } = router.find(key);
  try {
    return await shard.history({ routes, key, before, limit: PAGE_VERSIONS });
  } catch (error) {
    await router.healKey(error, key, attempt);
    return await pageOf(router, key, before, attempt + 1);
  }
}
