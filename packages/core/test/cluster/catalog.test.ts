import { expect } from 'chai';
import { checkShards, openDatabase } from '@pandakv/core';
import { ROW_SPACE, rowPrefixRange } from '@pandakv/core/parts';
import { level } from '@pandakv/engine-level';
import { decodeIdentityRow, encodeIdentityRow, IDENTITY_ROW_KEY, isOlderFormat, rowKeyBytes } from '../../dist/rows/index.js';
import { listed, openForTest } from '../support/databases.js';
import { failure } from '../support/failure.js';
import { onDisk, SHARDS } from '../support/stores.js';
import { tempFolder } from '../support/temp-folder.js';

const IDENTITY = rowKeyBytes(IDENTITY_ROW_KEY);

/** Makes a store what the version before catalogs has left. */
async function downgrade(location: string): Promise<void> {
  const { plugin, options } = level({ location });
  const engine = await plugin.open(options);
  const [identity] = await engine.get([IDENTITY]);
  await engine.write({
    puts: [[IDENTITY, encodeIdentityRow(decodeIdentityRow(identity!), 1)]],
    deleteRanges: [rowPrefixRange(ROW_SPACE.system)],
  });
  await engine.close();
}

async function identityOf(location: string): Promise<Uint8Array> {
  const { plugin, options } = level({ location });
  const engine = await plugin.open(options);
  const [identity] = await engine.get([IDENTITY]);
  await engine.close();
  return identity!;
}

describe('a database from before ranges could change', () => {
  it('opens with all that is in it, gets a catalog, and is of the new format from then on', async () => {
    const folder = tempFolder();
    const config = onDisk(folder);
    const db = await openDatabase(config);
    await db.write(['a', 'l', 'x'].map((key) => ({ type: 'set', key, value: key }) as const));
    const ranges = db.ranges();
    await db.close();
    for (const id of SHARDS) await downgrade(`${folder}/${id}`);
    expect((await checkShards(config)).map(({ state }) => state)).to.deep.equal(['ready', 'ready', 'ready']);
    const again = await openDatabase(config);
    expect(again.ranges()).to.deep.equal(ranges);
    await again.split('c');
    expect(await listed(again.scan({}))).to.deep.equal(['a=a', 'l=l', 'x=x']);
    await again.close();
    for (const id of SHARDS) expect(isOlderFormat(await identityOf(`${folder}/${id}`))).to.equal(false);
  });
});

describe('the shards of a database', () => {
  it('are known to the catalog: one more may be given, but none may be missing then', async () => {
    const folder = tempFolder();
    const config = onDisk(folder);
    await (await openDatabase(config)).close();
    const more = { ...config, shards: [...config.shards, { id: 's4', engine: level({ location: `${folder}/s4` }) }] };
    const db = await openDatabase(more);
    expect((await db.status()).map(({ id, ranges }) => `${id} ${ranges}`)).to.deep.equal(['s1 1', 's2 1', 's3 1', 's4 0']);
    await db.close();
    const error = await failure(openDatabase(config), 'InvalidArgument');
    expect(error.shard).to.equal('s4');
    expect((await checkShards(config)).map(({ error: problem }) => problem?.shard)).to.deep.equal(['s4', 's4', 's4']);
    const last = { ...more, shards: more.shards.slice(1), splits: undefined };
    expect((await failure(openDatabase({ shards: last.shards }), 'InvalidArgument')).shard).to.equal('s1');
    await openForTest(more);
  });
});
