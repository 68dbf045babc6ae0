import { AREAS } from './areas/index.js';
import type { Area } from './conformance-test.js';
import type { EngineUnderTest, Store } from './engine-under-test.js';
import { runTest } from './run-test.js';
import { settingsOf } from './settings.js';

/** What of mocha the suite uses; other runners that offer the same as globals will do. */
interface MochaContext {
  timeout(ms: number): unknown;
  skip(): void;
  readonly test?: { title: string } | undefined;
}

interface MochaGlobals {
  readonly describe: (title: string, define: () => void) => unknown;
  readonly it: (title: string, run: (this: MochaContext) => Promise<void>) => unknown;
}

/**
 * Defines the whole suite as mocha tests: call it in a test file. A test that does not apply is skipped, with the reason in its title.
 *
 * @throws TypeError where mocha's `describe` and `it` are missing, or for settings that make no sense
 */
export function engineConformance<S extends Store>(underTest: EngineUnderTest<S>): void {
  const { describe } = globalThis as unknown as MochaGlobals;
  if (typeof describe !== 'function')
    throw new TypeError('engineConformance defines mocha tests: call it in a file that mocha runs');
  const { seed } = settingsOf(underTest);
  describe(`Conformance of ${underTest.name} (PANDA_SEED=${seed})`, () => {
    for (const area of AREAS) describe(area.title, () => defineTests(area, underTest));
  });
}

function defineTests(area: Area, underTest: EngineUnderTest): void {
  const { it } = globalThis as unknown as MochaGlobals;
  for (const test of area.tests) {
    it(test.name, async function () {
      // The suite keeps its own deadline, which names the clause.
      this.timeout(0);
      const result = await runTest(test, underTest);
      if (result.status === 'failed') throw result.failure;
      if (result.status === 'passed') return;
      if (this.test !== undefined) this.test.title += ` (skipped: ${result.reason})`;
      this.skip();
    });
  }
}
