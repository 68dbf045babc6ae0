import { writeFile } from 'node:fs/promises';
import { runConformance, type Report } from '@pandakv/conformance';
import Table from 'cli-table3';
import type { EngineName } from './engine-name.js';
import { prepareEngine } from './engines.js';

/** Runs the suite on engines, one after another. Answers the exit code: 0 when all of them conform. */
export async function runConformanceOf(names: readonly EngineName[], jsonFile: string | undefined): Promise<number> {
  const reports: Partial<Record<EngineName, Report>> = {};
  for (const name of names) {
    console.error(`${name} …`);
    const engine = await prepareEngine(name);
    try {
      reports[name] = await runConformance(engine.underTest);
    } finally {
      await engine.close();
    }
    for (const { area, test, finding, cost } of reports[name].failures) {
      console.log(`${name}: ${area}: ${test}\n  Found: ${finding}\n  Cost in Panda: ${cost}`);
    }
  }
  console.log(tableOf(reports));
  if (jsonFile !== undefined) await writeFile(jsonFile, `${JSON.stringify(reports, undefined, 2)}\n`);
  return Object.values(reports).every(({ failed }) => failed === 0) ? 0 : 1;
}

function tableOf(reports: Partial<Record<EngineName, Report>>): string {
  const table = new Table({ head: ['engine', 'passed', 'failed', 'skipped', 'seconds'], style: { head: [], border: [] } });
  for (const { engine, passed, failed, skipped, ms } of Object.values(reports)) {
    table.push([engine, passed, failed, skipped, (ms / 1_000).toFixed(1)]);
  }
  return table.toString();
}
