import sortedBTree from 'sorted-btree';

type SortedBTree = typeof sortedBTree.default;

/** The sorted map of `sorted-btree`, a CommonJS package whose default export Node shows one level deeper. */
export const BTree: SortedBTree = sortedBTree.default;
