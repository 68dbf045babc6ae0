import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyHex, type Key, type Span } from '../keys/index.js';
import { laterOf, type RangeDigest, type Threshold } from '../shard/index.js';
import type { MoveRun } from './move-run.js';
import { tailTo } from './move-tail.js';

const KEYS_NAMED_MAX = 10;
/** How often, in milliseconds, what is written meanwhile is brought: it is still at hand at the source then. */
const FOLLOW_EVERY_MS = 100;

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
  let thresholds = await thresholdsOf(run);
  let followedMs = run.now();
  await run.beginSteps();
  let next = digestNext(run, { span: run.span, timestamp, thresholds });
  for (;;) {
    const { here, there } = await next;
    const { covered } = here;
    const isLast = covered.end === undefined || covered.end === run.span.end;
    const digestRest = () => digestNext(run, { span: { start: covered.end!, end: run.span.end }, timestamp, thresholds });
    // The source reads on while the destination reads what the source has read, unless clients are there.
    const ahead = isLast || run.isBusy ? undefined : digestRest();
    ahead?.catch(() => undefined);
    if (here.digest !== (await there).digest) thresholds = await narrow(run, { span: covered, timestamp, thresholds });
    run.verified(here.versions);
    run.check();
    run.report('verify');
    if (isLast) return;
    await run.rest();
    if (run.now() - followedMs >= FOLLOW_EVERY_MS) {
      await tailTo(run, await run.source.lastSequence());
      followedMs = run.now();
      await run.beginSteps();
    }
    next = ahead ?? digestRest();
  }
}

interface Piece {
  readonly span: Span;
  readonly timestamp: Timestamp;
  readonly thresholds: readonly Threshold[];
}

/** What either side may have given up. */
async function thresholdsOf({ source, destination }: MoveRun): Promise<Threshold[]> {
  return laterOf(await source.thresholds(), await destination.thresholds());
}

/** The digest of the next piece at the source, and on its way that of the same piece at the destination. */
async function digestNext(run: MoveRun, piece: Piece): Promise<{ here: RangeDigest; there: Promise<RangeDigest> }> {
  const here = await run.source.digest({ ...piece, keysMax: run.stepKeys });
  const there = run.destination.digest({ ...piece, span: here.covered, keysMax: Infinity });
  there.catch(() => undefined);
  return { here, there };
}

/** Throws what differs. When it was only that one side had given up more meanwhile, answers what may be given up by now. */
async function narrow(run: MoveRun, piece: Piece): Promise<Threshold[]> {
  for (let { thresholds } = piece; ;) {
    const differing = await differingKeys(run, { ...piece, thresholds });
    const now = await thresholdsOf(run);
    if (differing.length === 0) return now;
    // Then what is current at one side may have been deleted at the other, and given up there.
    if (now.some(({ timestamp }) => timestamp >= piece.timestamp)) {
      throw new PandaError('Conflict', 'Versions were given up while they were compared', { range: run.record.range });
    }
    if (JSON.stringify(now) === JSON.stringify(thresholds)) throw differs(run, differing);
    thresholds = now;
  }
}

async function differingKeys(run: MoveRun, piece: Piece): Promise<Key[]> {
  const request = { ...piece, keysMax: Infinity, byKey: true };
  const [here, there] = await Promise.all([run.source.digest(request), run.destination.digest(request)]);
  const theirs = new Map(there.keys);
  const differing = new Set<Key>();
  for (const [key, digest] of here.keys) {
    if (theirs.get(key) !== digest) differing.add(key);
    theirs.delete(key);
  }
  for (const key of theirs.keys()) differing.add(key);
  return [...differing];
}

function differs(run: MoveRun, keys: readonly Key[]): PandaError {
  const named = keys.slice(0, KEYS_NAMED_MAX).map((key) => `0x${keyHex(key)}`);
  return new PandaError('Corruption', `The copy differs from the source in ${keys.length} keys: ${named.join(', ')}`, {
    range: run.record.range,
    shard: run.destination.id,
    key: keyHex(keys[0]!),
  });
}
