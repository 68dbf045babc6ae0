import { decodeOwnedRangeRow, ROW_SPACE, type Key, type OwnedRangeRow } from '@pandakv/core/parts';
import { userKeyOf } from '../engine/moved-rows.js';
import type { StoreServer } from '../engine/store-server.js';

type Server = Pick<StoreServer, 'id' | 'store'>;

/**
 * What is wrong with where things lie: keys that no shard owns, or several (P7), and rows of keys that another shard owns, which a move has
 * left behind or brought in vain.
 */
export function misplaced(servers: Iterable<Server>): string[] {
  const all = [...servers];
  const owned = all.flatMap((server) => ownedRanges(server).map((range) => ({ ...range, shard: server.id })));
  owned.sort((a, b) => (a.start < b.start ? -1 : 1));
  const wrong: string[] = [];
  let reached: Key | undefined = '';
  for (const { shard, start, end } of owned) {
    if (start !== reached)
      wrong.push(`${shard} owns a range from ${JSON.stringify(start)}, those before reach ${JSON.stringify(reached)}`);
    reached = end;
  }
  if (reached !== undefined) wrong.push(`No shard owns what comes after ${JSON.stringify(reached)}`);
  for (const server of all) {
    for (const [rowKey] of server.store.rows.entries()) {
      const key = userKeyOf(rowKey);
      const owner = owned.find(({ start, end }) => key !== undefined && start <= key && (end === undefined || key < end));
      if (key === undefined || owner?.shard === server.id) continue;
      wrong.push(`${server.id} holds a row of ${JSON.stringify(key)}, which ${owner?.shard} owns`);
    }
  }
  return wrong;
}

function ownedRanges({ store }: Server): OwnedRangeRow[] {
  const end = String.fromCharCode(ROW_SPACE.ownedRange.charCodeAt(0) + 1);
  return store.rows.entries(ROW_SPACE.ownedRange, end).map(([key, row]) => decodeOwnedRangeRow(latin1(key), row));
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
