import { invariant } from '../errors/index.js';
import type { MoveRun } from './move-run.js';

/** Brings what the source has written since, until everything up to a sequence is here. */
export async function tailTo(run: MoveRun, sequence: number): Promise<void> {
  for (;;) {
    const { imported } = run;
    invariant(imported.stage === 'tail', 'rows are copied before the journal is followed', { range: run.record.range });
    if (imported.sequence >= sequence) return;
    run.check();
    const changes = await run.source.exportChanges({ range: run.route, span: run.span, after: imported.sequence });
    run.follows(changes.lag);
    await run.bring({ stage: 'tail', cursor: undefined, sequence: changes.sequence }, changes.rows, changes.deletes);
  }
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
