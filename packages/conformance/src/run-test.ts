import { CLAUSES, type Clause } from './clauses.js';
import type { ConformanceTest } from './conformance-test.js';
import type { EngineUnderTest } from './engine-under-test.js';
import { settingsOf } from './settings.js';
import { Skipped, TestContext, within } from './test-context.js';

/** How a test ended. */
export type TestResult = { readonly name: string; readonly ms: number } & (
  | { readonly status: 'passed' }
  | { readonly status: 'skipped'; readonly reason: string }
  | { readonly status: 'failed'; readonly failure: ConformanceFailure }
);

/** A clause of the contract that an engine breaks, and what that would cost. */
export class ConformanceFailure extends Error {
  constructor(
    /** What was seen. */
    readonly finding: string,
    readonly clause: Clause,
    readonly seed: number,
    cause: unknown,
  ) {
    super(
      [
        finding,
        '',
        `  Contract (${clause.source}): ${clause.promise}`,
        `  Cost in Panda: ${clause.cost}`,
        `  To replay: PANDA_SEED=${seed}`,
      ].join('\n'),
      { cause },
    );
    this.name = 'ConformanceFailure';
  }
}

/** Runs one test on a store of its own. Never rejects for what the engine does. */
export async function runTest(test: ConformanceTest, underTest: EngineUnderTest): Promise<TestResult> {
  const settings = settingsOf(underTest);
  const context = new TestContext(underTest, settings);
  const started = performance.now();
  let ending: unknown;
  try {
    await within(settings.timeoutMs, 'The test', test.run(context));
  } catch (error) {
    ending = error;
  }
  const uncleaned = await context.cleanUp();
  ending ??= uncleaned;
  const about = { name: test.name, ms: performance.now() - started };
  if (ending === undefined) return { ...about, status: 'passed' };
  if (ending instanceof Skipped) return { ...about, status: 'skipped', reason: ending.message };
  const finding = ending instanceof Error ? describe(ending) : 'Something was thrown that is no Error';
  return { ...about, status: 'failed', failure: new ConformanceFailure(finding, CLAUSES[test.clause], settings.seed, ending) };
}

function describe(error: Error): string {
  return error.name === 'AssertionError' || error.name === 'Error' ? error.message : `${error.name}: ${error.message}`;
}
