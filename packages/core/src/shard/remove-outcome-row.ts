import { outcomeRowKey, type OutcomeRow } from '../rows/index.js';
import type { GroupWriter } from './group-writer.js';
import type { Outcomes } from './outcomes.js';

/** Forgets an outcome, with the next group that is written. If that is given up, the row still stands, and is remembered again. */
export function removeOutcomeRow(outcomes: Outcomes, writer: GroupWriter, row: OutcomeRow): void {
  outcomes.forgetRow(row.transaction);
  writer.open.delete(outcomeRowKey(row.transaction));
  writer.open.members.push({ durable: () => undefined, failed: () => outcomes.recordRow(row) });
  writer.joined(true);
}
