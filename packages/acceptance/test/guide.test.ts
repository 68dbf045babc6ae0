import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = join(PACKAGE, '../..');
/** Inside the package, so that the pages find what they import. */
const BUILT = join(PACKAGE, 'dist-test/guide');

interface Page {
  /** Its path in the repository. */
  readonly path: string;
  /** Where its code is written to, as a module of TypeScript. */
  readonly file: string;
  readonly code: string;
}

/** The blocks of code of a page, one after another. */
async function readPage(path: string): Promise<Page> {
  const markdown = await readFile(join(ROOT, path), 'utf8');
  const blocks = Array.from(markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm), ([, code]) => code!);
  const fences = markdown.match(/^```\w+$/gm) ?? [];
  expect(fences.length, `blocks of ${path} that are not TypeScript`).to.equal(blocks.length);
  return { path, file: join(BUILT, `${path.replaceAll(/[/.]/g, '-')}.mts`), code: blocks.join('\n') };
}

/** What a page says that it prints: the comments `// →`. */
function printed({ code }: Page): string[] {
  return Array.from(code.matchAll(/\/\/ → (.*)$/gm), ([, line]) => line!);
}

/** Compiles the pages with the settings of the repository; answers what the compiler has to say. */
async function compile(pages: readonly Page[]): Promise<string[]> {
  await mkdir(BUILT, { recursive: true });
  for (const { file, code } of pages) await writeFile(file, code);
  const base = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), (path) => ts.sys.readFile(path)).config as object;
  const { options } = ts.parseJsonConfigFileContent(base, ts.sys, ROOT);
  const settings = { ...options, composite: false, declaration: false, declarationMap: false, sourceMap: false };
  const program = ts.createProgram(
    pages.map(({ file }) => file),
    settings,
  );
  const { diagnostics } = program.emit();
  return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, messageText }) => {
    return `${basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

const END_OF_PAGE = '--- end of page ---';

/** Runs the pages one after another in one process, each in an empty folder of its own; answers the lines that each has printed. */
async function run(pages: readonly Page[], folder: string): Promise<string[][]> {
  const steps = pages.map(({ file }, at) => {
    const module = pathToFileURL(file.replace(/mts$/, 'mjs')).href;
    return `mkdirSync('${at}'); process.chdir('${at}'); await import('${module}'); process.chdir('..'); console.log('${END_OF_PAGE}');`;
  });
  const program = ["import { mkdirSync } from 'node:fs';", ...steps].join('\n');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: folder,
  });
  expect(stderr).to.equal('');
  return stdout.split(`${END_OF_PAGE}\n`).map((lines) => lines.split('\n').slice(0, -1));
}

describe('The guide', function () {
  this.timeout(240_000);

  it('compiles, and prints what it says, against the engines that it names', async () => {
    const guide = (await readdir(join(ROOT, 'docs/guide'))).filter((name) => name !== 'README.md').sort();
    const paths = [...guide.map((name) => `docs/guide/${name}`), 'packages/keys/README.md', 'packages/abstract-level/README.md'];
    const pages = await Promise.all(paths.map(readPage));
    const folder = await mkdtemp(join(tmpdir(), 'panda-guide-'));
    try {
      expect(await compile(pages)).to.deep.equal([]);
      const lines = await run(pages, folder);
      for (const [at, page] of pages.entries()) expect(lines[at], page.path).to.deep.equal(printed(page));
    } finally {
      await rm(BUILT, { recursive: true, force: true });
      await rm(folder, { recursive: true, force: true });
    }
  });
});
