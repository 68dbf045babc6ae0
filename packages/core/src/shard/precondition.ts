import type { Timestamp } from '../clock/index.js';
import type { Key, Span } from '../keys/index.js';
import type { Version } from './version.js';

/** What must hold at the commit timestamp for a write to commit; `index` is its place among those that the caller gave. */
export type Precondition = { readonly index: number } & (
  | { readonly type: 'absent' | 'present'; readonly key: Key }
  | { readonly type: 'equals'; readonly key: Key; readonly value: Uint8Array }
  | { readonly type: 'version'; readonly key: Key; readonly timestamp: Timestamp }
  | { readonly type: 'unchanged'; readonly span: Span; readonly since: Timestamp }
);

/** A precondition about one key's newest version. */
export type PreconditionOfKey = Exclude<Precondition, { type: 'unchanged' }>;

/** Whether a precondition about one key's newest version holds. */
export function holds(precondition: PreconditionOfKey, version: Version): boolean {
  switch (precondition.type) {
    case 'absent':
      return version.value === undefined;
    case 'present':
      return version.value !== undefined;
    case 'equals':
      return version.value !== undefined && Buffer.compare(version.value, precondition.value) === 0;
    case 'version':
      return version.timestamp === precondition.timestamp;
  }
}
