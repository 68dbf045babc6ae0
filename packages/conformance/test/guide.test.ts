import { pluginUnderTest, runConformance } from '@pandakv/conformance';
import type { EnginePlugin } from '@pandakv/core/engine';
import { expect } from 'chai';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const SKELETON = join(PACKAGE, 'skeleton');
const GUIDE = join(PACKAGE, '../../docs/writing-an-engine.md');
/** Inside the package, so that the engine finds what it imports. */
const BUILT = join(PACKAGE, 'dist-test/guide');

/** The files of the guide: each is a line with its path, and a block of code. */
async function filesOfGuide(): Promise<Map<string, string>> {
  const blocks = (await readFile(GUIDE, 'utf8')).matchAll(/^`([\w./-]+)`:\n\n```\w+\n([\s\S]*?)\n```$/gm);
  return new Map(Array.from(blocks, ([, path, code]) => [path!, `${code!}\n`]));
}

describe('The guide to writing an engine', function () {
  this.timeout(300_000);
  let files: Map<string, string>;
  before(async () => {
    files = await filesOfGuide();
  });
  after(() => rm(BUILT, { recursive: true, force: true }));

  it('shows the skeleton as it is', async () => {
    expect(files.size).to.equal(10);
    for (const [path, code] of files) expect(await readFile(join(SKELETON, path), 'utf8'), path).to.equal(code);
  });

  it('leads to an engine that passes the whole suite', async () => {
    for (const [path, code] of files) {
      if (!path.startsWith('src/')) continue;
      const target = join(BUILT, path.replace(/\.ts$/, '.js'));
      await mkdir(dirname(target), { recursive: true });
      const { module, target: language } = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
      await writeFile(target, ts.transpileModule(code, { compilerOptions: { module, target: language } }).outputText);
    }
    const module = pathToFileURL(join(BUILT, 'src/index.js')).href;
    const { plugin } = (await import(module)) as { plugin: EnginePlugin };
    const underTest = pluginUnderTest({ plugin, module, options: { location: '{tmp}/store' }, scale: 0.2 });
    const report = await runConformance(underTest);
    expect(report.failures).to.deep.equal([]);
    expect(report.passed).to.be.greaterThan(95);
  });
});
