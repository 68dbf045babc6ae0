import { expect } from 'chai';
import { listed, text, threeShards } from '../support/databases.js';
import { hooked } from '../support/engines.js';

const turn = () => new Promise((resolve) => setTimeout(resolve, 10));

describe('a read at a timestamp', () => {
  it('waits for the commits at or before it that are not yet in the engine, so that it never changes', async () => {
    let hold: Promise<void> | undefined;
    const db = await threeShards((source) =>
      hooked(source, {
        write: async (_batch, apply) => {
          await hold;
          await apply();
        },
      }),
    );
    await db.write([{ type: 'set', key: 'a', value: 'old' }]);
    let release!: () => void;
    hold = new Promise<void>((resolve) => (release = resolve));
    const writing = db.write([{ type: 'set', key: 'a', value: 'new' }]);
    await turn();
    const snapshot = db.snapshot();
    const early = { get: snapshot.get('a'), scan: listed(snapshot.scan({ end: 'b' })), latest: db.get('a') };
    let answered = 0;
    for (const read of Object.values(early)) void read.then(() => answered++);
    await turn();
    expect(answered, 'nobody reads what could still be lost').to.equal(0);
    hold = undefined;
    release();
    expect(await writing).to.be.lessThan(snapshot.timestamp);
    expect(text(await snapshot.get('a'))).to.equal('new');
    expect(text(await early.get)).to.equal('new');
    expect(await early.scan).to.deep.equal(['a=new']);
    expect(text(await early.latest)).to.equal('new');
  });
});
