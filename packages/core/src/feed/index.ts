/** What was committed, as it is committed. */
export { ChangeFeed, type ChangeOptions } from './change-feed.js';
export { RunningFeeds } from './running-feeds.js';
export { watch } from './watch.js';
export type { Change, ChangeSet, TransactionChanges } from './change-set.js';
