import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyHex, type Key, type Span } from '../keys/index.js';
import type { RangeDigest } from '../shard/index.js';
import type { MoveRun } from './move-run.js';
import { tailTo } from './move-tail.js';

const KEYS_MAX = 4_096;
const KEYS_NAMED_MAX = 10;

/**
 * Compares both sides as they are at one timestamp, in pieces; a piece that differs is narrowed down to its keys. `Corruption` names
 * them.
 */
export async function verify(run: MoveRun, timestamp: Timestamp): Promise<void> {
  await tailTo(run, await run.source.settle(run.route, run.span, timestamp));
  // A row that was brought may be newer than the group that named it, and what it superseded is named by a later one, which may still be
  // on its way into the journal: once more, up to what is written out now.
  await tailTo(run, await run.source.settle(run.route, run.span, timestamp));
  run.report('verify');
  let next = digestNext(run, run.span, timestamp);
  for (;;) {
    const { here, there } = await next;
    const { covered } = here;
    const isLast = covered.end === undefined || covered.end === run.span.end;
    // The source reads on while the destination reads what the source has read.
    if (!isLast) next = digestNext(run, { start: covered.end, end: run.span.end }, timestamp);
    next.catch(() => undefined);
    if (here.digest !== (await there).digest) await narrow(run, covered, timestamp);
    run.verified(here.versions);
    run.check();
    run.report('verify');
    if (isLast) return;
  }
}

/** The digest of the next piece at the source, and on its way that of the same piece at the destination. */
async function digestNext(
  run: MoveRun,
  span: Span,
  timestamp: Timestamp,
): Promise<{ here: RangeDigest; there: Promise<RangeDigest> }> {
  const here = await run.source.digest({ span, timestamp, keysMax: KEYS_MAX });
  const there = run.destination.digest({ span: here.covered, timestamp, keysMax: Infinity });
  there.catch(() => undefined);
  return { here, there };
}

async function narrow(run: MoveRun, span: Span, timestamp: Timestamp): Promise<void> {
  const request = { span, timestamp, keysMax: Infinity, byKey: true };
  const [here, there] = await Promise.all([run.source.digest(request), run.destination.digest(request)]);
  const theirs = new Map(there.keys);
  const differing = new Set<Key>();
  for (const [key, digest] of here.keys) {
    if (theirs.get(key) !== digest) differing.add(key);
    theirs.delete(key);
  }
  for (const key of theirs.keys()) differing.add(key);
  if (differing.size === 0) return;
  const named = [...differing].slice(0, KEYS_NAMED_MAX).map((key) => `0x${keyHex(key)}`);
  throw new PandaError('Corruption', `The copy differs from the source in ${differing.size} keys: ${named.join(', ')}`, {
    range: run.record.range,
    shard: run.destination.id,
    key: keyHex([...differing][0]!),
  });
}
