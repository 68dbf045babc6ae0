import type { EngineCapabilities } from '@pandakv/core/engine';
import Mocha from 'mocha';
import { AREAS } from './areas/index.js';
import type { Area } from './conformance-test.js';
import type { EngineUnderTest } from './engine-under-test.js';
import { failuresOf, reportArea, sumCounts, type Report } from './report.js';
import { runTest, type TestResult } from './run-test.js';
import { settingsOf } from './settings.js';
import { TestContext } from './test-context.js';
import { packageVersion } from './version.js';

export interface RunOptions {
  /** Names of the areas to run. Default: all. */
  readonly areas?: readonly string[] | undefined;
  /** Told of each test when it has ended. */
  readonly onResult?: ((area: Area, result: TestResult) => void) | undefined;
}

/**
 * Runs the suite, with a mocha of its own.
 *
 * @throws what the engine fails with when it is opened for the first time: then nothing can be said about it; TypeError for an
 *   area that does not exist
 */
export async function runConformance(underTest: EngineUnderTest, { areas, onResult }: RunOptions = {}): Promise<Report> {
  const chosen = chooseAreas(areas);
  const settings = settingsOf(underTest);
  const capabilities = await probe(underTest);
  const started = performance.now();
  const results = new Map<Area, TestResult[]>(chosen.map((area) => [area, []]));
  await runMocha(chosen, underTest, (area, result) => {
    results.get(area)!.push(result);
    onResult?.(area, result);
  });
  const reported = [...results].map(([area, itsResults]) => reportArea(area, itsResults));
  return {
    engine: underTest.name,
    capabilities,
    suite: packageVersion(),
    node: process.version,
    seed: settings.seed,
    scale: settings.scale,
    ms: Math.round(performance.now() - started),
    ...sumCounts(reported),
    areas: reported,
    failures: failuresOf(reported),
  };
}

function chooseAreas(names: readonly string[] | undefined): readonly Area[] {
  if (names === undefined || names.length === 0) return AREAS;
  const unknown = names.find((name) => !AREAS.some((area) => area.name === name));
  if (unknown !== undefined) {
    throw new TypeError(`There is no area '${unknown}'; there are ${AREAS.map(({ name }) => name).join(', ')}`);
  }
  return AREAS.filter(({ name }) => names.includes(name));
}

/** Opens a store once, to see that the engine can be tested at all. */
async function probe(underTest: EngineUnderTest): Promise<EngineCapabilities> {
  const context = new TestContext(underTest, settingsOf(underTest));
  try {
    const { durability, batchBytesMax, estimateExact, multiProcess } = (await context.open()).capabilities;
    return { durability, batchBytesMax, estimateExact, multiProcess };
  } finally {
    await context.cleanUp();
  }
}

async function runMocha(
  areas: readonly Area[],
  underTest: EngineUnderTest,
  onResult: (area: Area, result: TestResult) => void,
): Promise<void> {
  // The suite keeps its own deadlines, and reports by itself.
  const mocha = new Mocha({ timeout: 0, reporter: Mocha.reporters.Base });
  for (const area of areas) {
    const suite = Mocha.Suite.create(mocha.suite, area.title);
    for (const test of area.tests) {
      suite.addTest(
        new Mocha.Test(test.name, async function (this: Mocha.Context) {
          const result = await runTest(test, underTest);
          onResult(area, result);
          if (result.status === 'skipped') this.skip();
          if (result.status === 'failed') throw result.failure;
        }),
      );
    }
  }
  await new Promise<void>((resolve) => void mocha.run(() => resolve()));
}
