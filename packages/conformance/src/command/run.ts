import { CommanderError } from 'commander';
import { writeFile } from 'node:fs/promises';
import type { Report } from '../report.js';
import { runConformance } from '../run-conformance.js';
import type { TestResult } from '../run-test.js';
import { CannotRun } from './cannot-run.js';
import { htmlReport } from './html-report.js';
import { loadEngine } from './load-module.js';
import { createProgram, type Request } from './program.js';
import { textReport } from './text-report.js';

export const EXIT = Object.freeze({ conforms: 0, failed: 1, cannotRun: 2 });

/** Runs the command, and answers the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.conforms;
  const program = createProgram(async (request) => {
    const report = await test(request);
    process.stdout.write(textReport(report));
    await writeReports(report, request);
    if (report.failed > 0) exitCode = EXIT.failed;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has said itself what is wrong; help and version are no failures.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.conforms : EXIT.cannotRun;
    process.stderr.write(`panda-conformance: ${explain(error)}\n`);
    return EXIT.cannotRun;
  }
}

async function test({ module, options, areas, seed, scale }: Request): Promise<Report> {
  const loaded = await loadEngine(module, options);
  const underTest = { ...loaded, seed: seed ?? loaded.seed, scale: scale ?? loaded.scale };
  return runConformance(underTest, { areas, onResult: process.stderr.isTTY ? showProgress : undefined });
}

function showProgress({ name }: { readonly name: string }, { name: test, status }: TestResult): void {
  process.stderr.write(`\r\x1b[K${status === 'failed' ? `✘ ${name}: ${test}\n` : `${name}: ${test}`.slice(0, 79)}`);
  if (status !== 'failed') process.stderr.write('\r');
}

async function writeReports(report: Report, { json, html }: Request): Promise<void> {
  try {
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
    if (html !== undefined) await writeFile(html, htmlReport(report));
  } catch (error) {
    throw new CannotRun(`The report cannot be written: ${error instanceof Error ? error.message : ''}`);
  }
}

function explain(error: unknown): string {
  if (error instanceof CannotRun || error instanceof TypeError) return error.message;
  return `the engine cannot be opened, so nothing was tested: ${error instanceof Error ? `${error.name}: ${error.message}` : ''}`;
}
