import { expect } from 'chai';
import { ask, cleanUp, isListening, nextLine, runProgram } from './support.js';

const MAIN = '../dist/main.js';

describe('npm run databases', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  it('prints connection strings that work, and ends the servers on Ctrl-C', async () => {
    const program = runProgram(MAIN, ['--only', 'mariadb,postgres', '--json']);
    let text = '';
    do text += await nextLine(program);
    while (!isComplete(text));
    const printed = JSON.parse(text) as Record<'mariadb' | 'postgres', { url: string; version: string }>;
    expect(printed).to.have.all.keys('mariadb', 'postgres');
    expect(await ask('mariadb', printed.mariadb.url, 'SELECT 7')).to.equal(7);
    expect(await ask('postgres', printed.postgres.url, 'SELECT 7')).to.equal(7);
    program.child.kill('SIGINT');
    expect(await program.exit).to.equal(0);
    for (const { url } of Object.values(printed)) expect(await isListening(url)).to.be.false;
  });

  it('explains itself, and refuses kinds that there are not', async () => {
    const help = runProgram(MAIN, ['--help']);
    expect(await nextLine(help)).to.include('databases');
    expect(await help.exit).to.equal(0);
    const wrong = runProgram(MAIN, ['--only', 'oracle']);
    expect(await wrong.exit).to.equal(1);
    expect(wrong.stderr()).to.include('mariadb, mysql, postgres');
  });
});

function isComplete(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
