import type { Report, ReportedArea, ReportedFailure } from '../report.js';

/** For a terminal: a table of the areas, what failed and what that would cost, and what was skipped and why. */
export function textReport(report: Report): string {
  const { engine, capabilities, seed, passed, failed, skipped } = report;
  const { durability, batchBytesMax, estimateExact, multiProcess } = capabilities;
  const parts = [
    `${engine}: durability ${durability}, batches up to ${Math.floor(batchBytesMax / 2 ** 20)} MiB, ` +
      `estimates ${estimateExact ? 'exact' : 'rough'}, ${multiProcess ? 'several processes' : 'one process'} per store`,
    table(report.areas),
    ...report.failures.map(describeFailure),
    skippedTests(report.areas),
    `${failed === 0 ? 'Conforms' : 'Does not conform'}: ${passed} passed, ${failed} failed, ${skipped} skipped, ` +
      `in ${(report.ms / 1_000).toFixed(1)} s. Seed ${seed}.`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function table(areas: readonly ReportedArea[]): string {
  const rows = areas.map(({ title, name, passed, failed, skipped }) => [title, name, passed, failed, skipped].map(String));
  const head = ['area', 'name', 'passed', 'failed', 'skipped'];
  const widths = head.map((text, i) => Math.max(text.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

function describeFailure({ area, test, finding, source, promise, cost }: ReportedFailure, i: number): string {
  return [
    `${i + 1}) ${area}: ${test}`,
    `   Found: ${finding.replaceAll('\n', '\n   ')}`,
    `   Contract (${source}): ${promise}`,
    `   Cost in Panda: ${cost}`,
  ].join('\n');
}

function skippedTests(areas: readonly ReportedArea[]): string {
  const byReason = new Map<string, string[]>();
  for (const { name, tests } of areas) {
    for (const { reason, name: test } of tests) {
      if (reason !== undefined) byReason.set(reason, [...(byReason.get(reason) ?? []), `${name}: ${test}`]);
    }
  }
  return [...byReason]
    .map(([reason, tests]) => [`Skipped (${reason}):`, ...tests.map((test) => `  ${test}`)].join('\n'))
    .join('\n');
}
