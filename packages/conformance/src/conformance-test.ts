import type { ClauseId } from './clauses.js';
import type { TestContext } from './test-context.js';

/** One promise of the contract, and how to find out whether an engine keeps it. */
export interface ConformanceTest {
  /** Stable: reports and fault tables refer to it. */
  readonly name: string;
  /** The clause of the contract that a failure breaks. */
  readonly clause: ClauseId;
  readonly run: (context: TestContext) => Promise<void>;
}

/** Tests of one subject. */
export interface Area {
  /** One word, for the command line. */
  readonly name: string;
  readonly title: string;
  readonly tests: readonly ConformanceTest[];
}

export function promise(name: string, clause: ClauseId, run: (context: TestContext) => Promise<void>): ConformanceTest {
  return { name, clause, run };
}
