import type { Timestamp } from '../clock/index.js';
import { keyAfter, SpanSet, type Key, type Span } from '../keys/index.js';
import type { CommitWork } from './commit-plan.js';
import type { ReadSet } from './read-set.js';
import type { WriteBuffer } from './write-buffer.js';

/** What must not have changed at commit: all that was read, or under snapshot isolation what is written, too. */
export function validatedReads(
  reads: ReadSet,
  writes: WriteBuffer,
  isolation: 'serializable' | 'snapshot',
): Pick<CommitWork, 'readKeys' | 'readSpans'> {
  const { keys, spans } = reads;
  if (isolation === 'serializable') return { readKeys: keys, readSpans: spans };
  return { readKeys: writtenKeys(keys, writes), readSpans: scannedKeys(reads, writes) };
}

function writtenKeys(keys: ReadonlyMap<Key, Timestamp>, { writes }: WriteBuffer): ReadonlyMap<Key, Timestamp> {
  return new Map([...keys].filter(([key]) => writes.has(key)));
}

/** Of what was scanned, the keys that are also written. */
function scannedKeys({ keys, spans }: ReadSet, { writes }: WriteBuffer): readonly Span[] {
  if (spans.length === 0) return spans;
  const scanned = new SpanSet(spans);
  const written = [...writes.keys()].filter((key) => scanned.has(key) && !keys.has(key));
  return written.map((key) => ({ start: key, end: keyAfter(key) }));
}
