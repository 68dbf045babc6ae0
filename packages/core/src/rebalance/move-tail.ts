import { invariant } from '../errors/index.js';
import type { ExportedChanges, JournalPlace } from '../shard/index.js';
import type { MoveRun } from './move-run.js';

/** What is followed has no rate: it must come to an end. */
const CHANGES_BYTES = 2 * 1024 * 1024;

/**
 * Brings what the source has written since, until everything up to a sequence is here.
 *
 * @param isHurried no time is left to clients
 */
export async function tailTo(run: MoveRun, sequence: number, isHurried = false): Promise<void> {
  const { imported } = run;
  invariant(imported.stage === 'tail', 'rows are copied before the journal is followed', { range: run.record.range });
  const pace = run.followPace();
  for (let place: JournalPlace = imported; ;) {
    const { sequence: before } = place;
    if (before >= sequence) return;
    run.check();
    const changes = await changesAfter(run, place);
    ({ place } = changes);
    run.follows(changes.lag);
    await run.bring({ stage: 'tail', cursor: undefined, sequence: place.sequence }, changes.rows, changes.deletes);
    if (!isHurried && place.sequence < sequence) await pace.rest(place.sequence - before, changes.lag);
  }
}

function changesAfter(run: MoveRun, after: JournalPlace): Promise<ExportedChanges> {
  const { sequence, partly } = after;
  return run.source.exportChanges({ range: run.route, span: run.span, after: { sequence, partly }, maxBytes: CHANGES_BYTES });
}

/** How many groups that wrote nothing in the range are looked at again after a crash, rather than each be written down. */
const GROUPS_NOT_RECORDED_MAX = 4_096;

/** The same from a sequence on, for a destination that is kept in step: nothing is written there where nothing was written here. */
export async function follow(run: MoveRun, from: number): Promise<number> {
  const end = await run.source.lastSequence();
  const pace = run.followPace();
  for (let place: JournalPlace = { sequence: from }; place.sequence < end;) {
    run.check();
    const { sequence: before } = place;
    const changes = await changesAfter(run, place);
    const { rows, deletes, lag } = changes;
    ({ place } = changes);
    const { sequence } = place;
    run.follows(lag);
    const isWorthRecording = rows.length + deletes.length > 0 || sequence - run.imported.sequence > GROUPS_NOT_RECORDED_MAX;
    if (isWorthRecording) await run.bring({ stage: 'tail', cursor: undefined, sequence }, rows, deletes);
    if (sequence < end) await pace.rest(sequence - before, lag);
  }
  return Math.max(from, end);
}

/** When what was written meanwhile is brought in this time, in milliseconds, the rest will be as quick. */
const CAUGHT_UP_MS = 20;
const ROUNDS_MAX = 100;

/** The same until little is left. Where more is written than is brought, the number of rounds has an end: then the cut-over will tell. */
export async function catchUp(run: MoveRun): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    run.report('tail');
    const start = run.now();
    await tailTo(run, await run.source.lastSequence());
    if (run.now() - start <= CAUGHT_UP_MS) return;
  }
}
