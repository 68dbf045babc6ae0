import type { ExportedRows } from '../shard/index.js';
import type { MoveRun } from './move-run.js';

/**
 * Brings all rows of the range to the destination, page by page; the source goes on to write. What it writes meanwhile is in its
 * journal from the sequence on that was noted first. Goes on where an earlier run has stopped.
 */
export async function copyRows(run: MoveRun): Promise<void> {
  await run.begin();
  if (run.imported.stage === 'clear') await clear(run);
  if (run.imported.stage === 'current') await copySpace(run, 'current', 'history');
  if (run.imported.stage === 'history') await copySpace(run, 'history', 'tail');
}

/** What a range that was here before has left, or a move that was cancelled, must not come to life again. */
async function clear(run: MoveRun): Promise<void> {
  const { id } = run.record;
  await run.beginSteps();
  for (let rest: 'some' | 'none' = 'some'; rest === 'some';) {
    run.check();
    run.report('clear');
    // The import itself goes on.
    rest = (await run.destination.dropRows({ span: run.span, move: id, ends: false, rowsMax: run.stepKeys })) ? 'none' : 'some';
    await run.rest();
  }
  await run.bring({ stage: 'current', cursor: undefined, sequence: await run.source.lastSequence() }, []);
}

/** The next page is read while the last is written. */
async function copySpace(run: MoveRun, space: 'current' | 'history', next: 'history' | 'tail'): Promise<void> {
  const { sequence, cursor } = run.imported;
  const read = (from: string | undefined): Promise<ExportedRows> =>
    run.source.exportRows({ range: run.route, span: run.span, space, cursor: from, maxBytes: run.pageBytes });
  let page = await read(cursor);
  for (;;) {
    run.check();
    run.report('copy');
    const { rows, cursor: after } = page;
    const ahead = after === undefined ? undefined : read(after);
    ahead?.catch(() => undefined);
    const progress = after === undefined ? { stage: next, cursor: undefined } : { stage: space, cursor: after };
    await run.bring({ ...progress, sequence }, rows);
    if (after === undefined) return;
    page = await (ahead ?? read(after));
  }
}
