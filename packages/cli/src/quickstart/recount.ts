import type { Database } from '@pandakv/core';
import { isDirectoryEntry, scanTree } from './scan-tree.js';
import type { Totals } from './state.js';
import { NOWHERE, TREE_PIECES } from './tree-keys.js';
import { sameId } from './ancestry.js';

/** Counts what an earlier run has done that did not come to its end: directories that it imported whole, and moves. */
export async function recount(database: Database): Promise<{ imported: Totals; moves: number }> {
  const snapshot = database.snapshot();
  let files = 0;
  let directories = 0;
  let skipped = 0;
  let moves = 0;
  for (const range of TREE_PIECES) {
    for await (const { id, record, statistics, entries, isLast } of scanTree(snapshot, range)) {
      if (statistics === undefined && !sameId(id, NOWHERE)) continue;
      const inPiece = entries.filter(isDirectoryEntry).length;
      directories += inPiece;
      files += entries.length - inPiece;
      if (!isLast) continue;
      skipped += statistics?.skipped ?? 0;
      moves += record?.moves ?? 0;
    }
  }
  return { imported: { files, directories, skipped }, moves };
}
