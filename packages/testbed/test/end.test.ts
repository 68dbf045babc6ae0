import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ask,
  cleanUp,
  isListening,
  KINDS,
  nextLine,
  type Program,
  removeFolder,
  runProgram,
  serverFolders,
  temporaryFolder,
  until,
} from './support.js';

const START = './fixtures/start.js';

/** Variables that would name a server of somebody else. */
const NONE_NAMED = { PANDA_MARIADB_URL: '', PANDA_MYSQL_URL: '', PANDA_POSTGRES_URL: '' };

describe('The end of a process', function () {
  this.timeout(180_000);
  let temporary: string;

  before(async () => {
    temporary = await temporaryFolder();
  });
  afterEach(cleanUp);
  after(() => removeFolder(temporary));

  /** Runs the fixture until it says that it starts. */
  async function starting(...args: string[]): Promise<Program> {
    const program = runProgram(START, args, { ...NONE_NAMED, TMPDIR: temporary });
    expect(await nextLine(program)).to.equal('starting');
    return program;
  }

  async function expectGone(url?: string): Promise<void> {
    await until('the folder is gone', async () => (await serverFolders(temporary)).length === 0);
    if (url !== undefined) expect(await isListening(url)).to.be.false;
  }

  for (const kind of KINDS) {
    describe(`with a server of ${kind}`, () => {
      it('by kill -9 leaves nothing, while the server is being made', async () => {
        for (const milliseconds of [100, 800]) {
          const program = await starting(kind, 'own', 'stay');
          await delay(milliseconds);
          program.child.kill('SIGKILL');
          await program.exit;
          await expectGone();
        }
      });

      it("by kill -9 is the server's end", async () => {
        const program = await starting(kind, 'own', 'stay');
        const url = await nextLine(program);
        expect(await ask(kind, url, 'SELECT 7')).to.equal(7);
        program.child.kill('SIGKILL');
        await expectGone(url);
      });

      it('comes by itself, as a shared server keeps no process alive', async () => {
        const program = await starting(kind, 'shared', 'end');
        const url = await nextLine(program);
        expect(await program.exit).to.equal(0);
        await expectGone(url);
      });
    });
  }

  for (const [afterwards, code] of [
    ['exit', 0],
    ['crash', 1],
  ] as const) {
    it(`by ${afterwards} is the server's end`, async () => {
      const program = await starting('postgres', 'shared', afterwards);
      const url = await nextLine(program);
      expect(await program.exit).to.equal(code);
      await expectGone(url);
    });
  }

  it("by Ctrl-C is the server's end", async () => {
    const program = await starting('postgres', 'own', 'stay');
    const url = await nextLine(program);
    program.child.kill('SIGINT');
    await expectGone(url);
  });
});
