import type { Guard } from '@pandakv/core/engine';

const CANDIDATES = [Buffer.alloc(0), Buffer.from([0]), Buffer.from([1])] as const;

/**
 * A value that the guard's row neither is to have nor is to get. It is inserted first: where the row is missing it becomes
 * that row, and is then found not to be what is expected; where the row is there, it only tells that.
 */
export function decoyOf({ expected, next }: Guard): Buffer {
  return CANDIDATES.find((value) => !value.equals(next) && (expected === undefined || !value.equals(expected)))!;
}

/** What a guarded insert does with a row that is there already; each part is an expression. */
export interface GuardTexts {
  readonly key: string;
  /** Whether the guard's row holds something else than is expected. */
  readonly differs: string;
  readonly decoy: string;
}

/** What stands before and behind the list of rows in an insert, and what it does with a row that is there already. */
export function insertFrame(table: string, update = 'VALUES(v)'): readonly [start: string, end: string] {
  return [`INSERT INTO \`${table}\` (k,v) VALUES `, ` ON DUPLICATE KEY UPDATE v=${update}`];
}

/** Puts a NULL where none may be, and so fails, when the guard does not hold; leaves it as it is for the decoy. */
export function guardedUpdate({ key, differs, decoy }: GuardTexts): string {
  return `IF(k=${key},IF(${differs},NULL,IF(VALUES(v)=${decoy},v,VALUES(v))),VALUES(v))`;
}
