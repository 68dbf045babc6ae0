import type { Report, ReportedArea, ReportedTest } from '../report.js';

const STYLE = `
:root { color-scheme: light dark; --good: #1a7f37; --bad: #c62828; --none: #767676; --line: #8884; --box: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.verdict { font-size: 1.25rem; font-weight: 600; } .passed { color: var(--good); } .failed { color: var(--bad); } .skipped { color: var(--none); }
.failure { border-left: 4px solid var(--bad); background: var(--box); padding: .6rem 1rem; margin: 1rem 0; overflow-wrap: anywhere; }
.failure h3 { margin: 0 0 .4rem; } .failure pre { white-space: pre-wrap; margin: .3rem 0; } dt { font-weight: 600; } dd { margin: 0 0 .4rem; }
details { border-bottom: 1px solid var(--line); padding: .4rem 0; } summary { cursor: pointer; } ul { list-style: none; padding-left: 1rem; }
.reason, .facts { color: var(--none); }
`;

/** One file, which needs nothing from anywhere. */
export function htmlReport(report: Report): string {
  const { engine, passed, failed, skipped } = report;
  const verdict = failed === 0 ? 'passed' : 'failed';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conformance of ${escape(engine)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Conformance of ${escape(engine)}</h1>
<p class="facts">${facts(report)}</p>
<p class="verdict ${verdict}">${failed === 0 ? 'Conforms' : 'Does not conform'}: ${passed} passed, ${failed} failed, ${skipped} skipped</p>
${areasTable(report.areas)}
${failed === 0 ? '' : `<h2>What failed</h2>\n${failures(report)}`}
<h2>All tests</h2>
${report.areas.map(areaDetails).join('\n')}
</body>
</html>
`;
}

function facts({ capabilities, suite, node, seed, scale, ms }: Report): string {
  const { durability, batchBytesMax, estimateExact, multiProcess } = capabilities;
  return escape(
    [
      `durability ${durability}`,
      `batches up to ${batchBytesMax.toLocaleString('en')} bytes`,
      `estimates ${estimateExact ? 'exact' : 'rough'}`,
      `${multiProcess ? 'several processes' : 'one process'} per store`,
      `suite ${suite}`,
      `Node ${node}`,
      `seed ${seed}`,
      `scale ${scale}`,
      `${(ms / 1_000).toFixed(1)} s`,
    ].join(' · '),
  );
}

function areasTable(areas: readonly ReportedArea[]): string {
  const cell = (count: number, kind: string) => `<td class="number${count > 0 ? ` ${kind}` : ''}">${count}</td>`;
  const rows = areas.map(
    ({ title, passed, failed, skipped }) =>
      `<tr><td>${escape(title)}</td>${cell(passed, 'passed')}${cell(failed, 'failed')}${cell(skipped, 'skipped')}</tr>`,
  );
  const head = ['passed', 'failed', 'skipped'].map((name) => `<th class="number">${name}</th>`).join('');
  return `<table>\n<thead><tr><th>area</th>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody>\n</table>`;
}

function failures({ failures: all }: Report): string {
  const boxes = all.map(
    ({ area, test, finding, source, promise, cost }) => `<div class="failure">
<h3>${escape(area)}: ${escape(test)}</h3>
<dl>
<dt>Found</dt><dd><pre>${escape(finding)}</pre></dd>
<dt>Contract (${escape(source)})</dt><dd>${escape(promise)}</dd>
<dt>Cost in Panda</dt><dd>${escape(cost)}</dd>
</dl>
</div>`,
  );
  return boxes.join('\n');
}

function areaDetails({ title, failed, tests }: ReportedArea): string {
  const items = tests.map(testItem).join('\n');
  return `<details${failed > 0 ? ' open' : ''}><summary>${escape(title)} (${tests.length})</summary>\n<ul>\n${items}\n</ul></details>`;
}

const SIGNS = { passed: '✔', failed: '✘', skipped: '–' } as const;

function testItem({ name, status, ms, reason }: ReportedTest): string {
  const note = reason === undefined ? `${ms} ms` : `skipped: ${reason}`;
  return `<li><span class="${status}" title="${status}">${SIGNS[status]}</span> ${escape(name)} <span class="reason">(${escape(note)})</span></li>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
