import { expect } from 'chai';
import { newAttempt, nowTimestamp, ROUTES, shardPair, writes } from '../support/shards.js';

const KIB = 1024;
const COMMITS = 40;
const GROUPS = 1_100;
const VALUE = Buffer.alloc(512 * KIB, 7);

describe('A page of a feed', () => {
  it('has a few MiB at the most, however large the values are, and the pages together tell all once', async () => {
    const { s1 } = await shardPair();
    const since = nowTimestamp();
    let last = 0;
    for (let at = 0; at < COMMITS; at++) {
      const request = writes('s1', newAttempt(), `k${at}`, null, {
        routes: ROUTES.s1,
        participants: ['s1'],
        writeKeys: [`a${at}`],
      });
      last = await s1.commit({ ...request, writeValues: [VALUE] });
    }
    const told: string[] = [];
    const sizes: number[] = [];
    let after: number | undefined;
    for (let hasMore = true; hasMore;) {
      const page = await s1.feed({ span: { start: '', end: undefined }, since, after, through: last });
      const changes = page.commits.flatMap((commit) => commit.changes);
      told.push(...changes.map(({ key }) => key));
      sizes.push(changes.reduce((sum, { value }) => sum + value!.length, 0));
      const below = page.commits.every(({ timestamp }) => timestamp <= page.complete);
      expect(below).to.equal(true);
      ({ sequence: after, hasMore } = page);
    }
    expect(told).to.deep.equal(Array.from({ length: COMMITS }, (_, at) => `a${at}`));
    expect(Math.max(...sizes)).to.be.at.most(8 * KIB * KIB);
  });

  it('ends after a thousand groups, though none of them concerns it, and says up to where that is all', async () => {
    const { s1 } = await shardPair();
    const since = nowTimestamp();
    for (let at = 0; at < GROUPS; at++) {
      await s1.commit(writes('s1', newAttempt(), 'a', 'x'));
    }
    const last = await s1.commit(writes('s1', newAttempt(), 'b', 'y'));
    const request = { span: { start: 'b', end: undefined }, since, through: last };
    const first = await s1.feed({ ...request, after: undefined });
    expect(first.hasMore).to.equal(true);
    expect(first.commits).to.deep.equal([]);
    expect(first.complete).to.be.within(since, last - 1);
    const second = await s1.feed({ ...request, after: first.sequence });
    expect(second.commits.map(({ timestamp }) => timestamp)).to.deep.equal([last]);
    expect(second.complete).to.be.at.least(last);
  });
});
