import type { Key } from '../keys/index.js';
import type { Version } from './version.js';

/** A version that has joined a group and is not yet known to be in the engine. */
export interface UnflushedVersion extends Version {
  readonly key: Key;
  /** The key of the current row. */
  readonly rowKey: Uint8Array;
  /** The current row as the engine will hold it; undefined for a delete. */
  readonly row: Uint8Array | undefined;
  /** Its group: resolves once the group's fate is known. */
  readonly group: { readonly settled: Promise<void> };
  /** Its transaction is committed already, by all participants' promises: it may be read before its group is written. */
  readonly decided: boolean;
  /** Where it stands among the recent commits. */
  readonly position: number;
  /** The version of the same group that this one supersedes. */
  readonly older: UnflushedVersion | undefined;
}
