import { plugin } from '@pandakv/engine-level';
import { expect } from 'chai';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, rm, stat, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, cleanUp, ended, expectCode, expectUntouched, openAt, runFixture, scanAll, temporaryFolder } from './support.js';

const open = (location: string) => plugin.open({ location });

/** A closed store with rows in several tables and in its log. */
async function storeWithTables(): Promise<string> {
  const location = await temporaryFolder();
  const engine = await openAt(location, { writeBufferBytes: 64 * 1024, compression: false, durability: 'process-crash' });
  for (let n = 0; n < 50; n++) {
    await engine.write({ puts: Array.from({ length: 100 }, (_, i) => [bytes(`k${n * 100 + i}`), new Uint8Array(100).fill(n)]) });
  }
  await engine.close();
  return location;
}

async function dataFile(location: string, pattern: RegExp): Promise<string> {
  const name = (await readdir(join(location, 'data'))).find((each) => pattern.test(each));
  return join(location, 'data', name!);
}

describe('A new folder', () => {
  afterEach(cleanUp);

  it('is made with its parents, and holds the marker and the data', async () => {
    const location = join(await temporaryFolder(), 'not', 'there', 'yet');
    await openAt(location);
    expect((await readdir(location)).sort()).to.deep.equal(['PANDA', 'data']);
    expect(JSON.parse(await readFile(join(location, 'PANDA'), 'utf8'))).to.deep.equal({ format: 1, engine: 'level' });
    expect(await readdir(join(location, 'data'))).to.include('CURRENT');
  });

  it('may be there already, if it is empty', async () => {
    const location = await temporaryFolder();
    await openAt(location);
    expect((await readdir(location)).sort()).to.deep.equal(['PANDA', 'data']);
  });
});

describe("What is not this engine's store", () => {
  afterEach(cleanUp);

  async function refuses(code: 'InvalidArgument' | 'Corruption', files: Record<string, string>): Promise<void> {
    const location = await temporaryFolder();
    for (const [name, content] of Object.entries(files)) await writeFile(join(location, name), content);
    // An old date shows even a change that would come within the clock's grain.
    await utimes(location, 1_000_000_000, 1_000_000_000);
    await expectUntouched(location, async () => {
      const error = await expectCode(code, () => open(location));
      expect(error.message).to.contain(location);
    });
  }

  it('is left untouched: a folder with other files', async () => {
    await refuses('InvalidArgument', { 'notes.txt': 'mine' });
    await refuses('InvalidArgument', { CURRENT: 'MANIFEST-000001\n' });
    await refuses('InvalidArgument', { data: 'a file' });
    await refuses('InvalidArgument', { 'PANDA.creating': '{"format":1,"engine":"level"}\n', 'notes.txt': 'mine' });
  });

  it('is left untouched: a store of a newer format', async () => {
    await refuses('InvalidArgument', { PANDA: '{"format":2,"engine":"level"}' });
    await refuses('InvalidArgument', { 'PANDA.creating': '{"format":2,"engine":"level"}' });
  });

  it('is left untouched: a store of another engine', async () => {
    await refuses('InvalidArgument', { PANDA: '{"format":1,"engine":"sqlite"}', data: 'x' });
    await refuses('InvalidArgument', { 'PANDA.creating': '{"format":1,"engine":"sqlite"}' });
  });

  it('is left untouched: one with an unreadable marker', async () => {
    for (const marker of [
      '',
      'nonsense',
      '{"format":',
      '{"format":0,"engine":"level"}',
      '{"engine":"level"}',
      '7',
      'null',
      ' '.repeat(5_000),
    ]) {
      await refuses('Corruption', { PANDA: marker });
    }
  });

  it('is left untouched: one whose marker is a folder', async () => {
    const location = await temporaryFolder();
    await mkdir(join(location, 'PANDA'));
    await expectUntouched(location, () => expectCode('Corruption', () => open(location)));
  });

  it('is left untouched: a file', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), 'mine');
    await expectUntouched(folder, async () => {
      await expectCode('InvalidArgument', () => open(join(folder, 'file')));
      await expectCode('InvalidArgument', () => open(join(folder, 'file', 'below')));
    });
  });
});

describe('A store that is open', () => {
  afterEach(cleanUp);

  it('is not opened again by this process, by whatever name, and stays closed to other processes', async () => {
    const location = await temporaryFolder();
    const link = join(await temporaryFolder(), 'link');
    await symlink(location, link);
    const engine = await openAt(location);
    for (const name of [location, `${location}/`, `${location}/../${location.split('/').at(-1)!}`, link]) {
      const error = await expectCode('ShardUnavailable', () => open(name));
      expect(error.message).to.contain('open in this process');
    }
    const { code, errors } = await ended(runFixture('hold', location));
    expect(code).to.equal(1);
    expect(errors).to.contain('ShardUnavailable').and.to.contain('open elsewhere');
    await engine.write({ puts: [[bytes('k'), bytes('v')]] });
    expect(await scanAll(engine)).to.have.length(1);
  });

  it('cannot be had while another process has it, and can once that is gone', async () => {
    const location = await temporaryFolder();
    const child = runFixture('hold', location);
    await once(child.stdout, 'data');
    for (let i = 0; i < 3; i++) {
      const error = await expectCode('ShardUnavailable', () => open(location));
      expect(error.message).to.contain('open elsewhere').and.to.contain(location);
    }
    child.kill('SIGKILL');
    await once(child, 'close');
    await openAt(location);
  });

  it('is opened by one of many that try at once', async () => {
    const location = join(await temporaryFolder(), 'new');
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => openAt(location)));
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).to.include({ code: 'ShardUnavailable' });
  });
});

describe('A damaged store', () => {
  afterEach(cleanUp);

  const damages: Record<string, (location: string) => Promise<unknown>> = {
    'no data folder': (location) => rm(join(location, 'data'), { recursive: true }),
    'an empty data folder': async (location) => {
      await rm(join(location, 'data'), { recursive: true });
      await mkdir(join(location, 'data'));
    },
    'a file in place of the data folder': async (location) => {
      await rm(join(location, 'data'), { recursive: true });
      await writeFile(join(location, 'data'), '');
    },
    'no CURRENT': async (location) => rm(await dataFile(location, /^CURRENT$/)),
    'an empty CURRENT': async (location) => writeFile(await dataFile(location, /^CURRENT$/), ''),
    'a CURRENT of garbage': async (location) => writeFile(await dataFile(location, /^CURRENT$/), 'garbage\n'),
    'a CURRENT that names a missing manifest': async (location) =>
      writeFile(await dataFile(location, /^CURRENT$/), 'MANIFEST-999999\n'),
    'no manifest': async (location) => rm(await dataFile(location, /^MANIFEST/)),
    'an empty manifest': async (location) => truncate(await dataFile(location, /^MANIFEST/)),
    'a manifest that is cut short': async (location) => {
      const manifest = await dataFile(location, /^MANIFEST/);
      await truncate(manifest, Math.floor((await stat(manifest)).size * 0.9));
    },
    'a flipped bit in the log, with writes behind it': async (location) => {
      const log = await dataFile(location, /[.]log$/);
      const content = await readFile(log);
      content[Math.floor(content.length / 3)]! ^= 0x10;
      await writeFile(log, content);
    },
    'a wrong length in the log, with writes in the next block': async (location) => {
      const log = await dataFile(location, /[.]log$/);
      const content = await readFile(log);
      content[4]! ^= 0x10;
      await writeFile(log, content);
    },
    'no log': async (location) => rm(await dataFile(location, /[.]log$/)),
  };

  for (const [name, damage] of Object.entries(damages)) {
    it(`is Corruption, and left untouched: ${name}`, async () => {
      const location = await storeWithTables();
      await damage(location);
      await expectUntouched(location, async () => {
        const error = await expectCode('Corruption', () => open(location));
        expect(error.message).to.contain(location);
      });
    });
  }

  const inside: Record<string, (location: string) => Promise<unknown>> = {
    'a manifest of garbage': async (location) => writeFile(await dataFile(location, /^MANIFEST/), Buffer.alloc(500, 'garbage')),
    'a missing table': async (location) => rm(await dataFile(location, /[.]ldb$/)),
    'an emptied table': async (location) => truncate(await dataFile(location, /[.]ldb$/)),
    'a truncated table': async (location) => {
      const table = await dataFile(location, /[.]ldb$/);
      await truncate(table, (await stat(table)).size - 1);
    },
    'a table that has grown': async (location) => appendFile(await dataFile(location, /[.]ldb$/), 'more'),
  };

  for (const [name, damage] of Object.entries(inside)) {
    it(`is Corruption, and not made anew: ${name}`, async () => {
      const location = await storeWithTables();
      await damage(location);
      const marker = await readFile(join(location, 'PANDA'), 'utf8');
      for (let i = 0; i < 2; i++) await expectCode('Corruption', () => open(location));
      expect(await readFile(join(location, 'PANDA'), 'utf8')).to.equal(marker);
      expect((await readdir(join(location, 'data'))).filter((each) => each.endsWith('.ldb'))).to.not.be.empty;
    });
  }

  it('is none whose last write was torn: that one was not acknowledged', async () => {
    const location = await storeWithTables();
    const log = await dataFile(location, /[.]log$/);
    await truncate(log, (await stat(log)).size - 1);
    const torn = await openAt(location);
    expect(await scanAll(torn)).to.have.length(4_900);
    await torn.close();
    expect(await scanAll(await openAt(location))).to.have.length(4_900);
  });

  it('is left alone by the check of its tables when nothing is wrong', async () => {
    const location = await storeWithTables();
    for (let i = 0; i < 5; i++) {
      const engine = await openAt(location, { writeBufferBytes: 64 * 1024 });
      expect(await scanAll(engine)).to.have.length(5_000);
      await engine.close();
    }
  });
});
