import { expect } from 'chai';
import { RecentCommits } from '../../dist/shard/recent-commits.js';

describe('recent commits', () => {
  it('know everything above the floor, which rises as the oldest are forgotten', () => {
    const recent = new RecentCommits(4, 10);
    expect(recent.floor).to.equal(10);
    for (const [at, key] of ['a', 'b', 'c', 'a', 'd'].entries()) recent.add(key, 20 + at, 20 + at, '');
    expect(recent.floor).to.equal(21);
    expect(recent.lastCommit('a')).to.equal(23);
    expect(recent.lastCommit('b')).to.equal(0);
    expect(recent.changedSince({ start: 'a', end: 'b' }, 22)).to.equal('a');
    expect(recent.changedSince({ start: 'a', end: 'b' }, 23)).to.equal(undefined);
    expect(recent.changedSince({ start: 'b', end: undefined }, 23)).to.equal('d');
  });

  it('see a cross-shard commit whose timestamp lies below those before it', () => {
    const recent = new RecentCommits(10, 0);
    recent.add('a', 30, 30, '');
    recent.add('x', 25, 31, '');
    expect(recent.changedSince({ start: 'x', end: undefined }, 24)).to.equal('x');
    expect(recent.changedSince({ start: 'x', end: undefined }, 25)).to.equal(undefined);
    expect(recent.changedSince({ start: 'a', end: undefined }, 26)).to.equal('a');
  });

  it('tell by position what was added since a look at the engine, whatever its timestamp', () => {
    const recent = new RecentCommits(4, 0);
    const before = recent.position;
    recent.add('a', 5, 50, '');
    expect(recent.keyAddedSince('a', before)).to.equal(true);
    expect(recent.keyAddedSince('a', recent.position)).to.equal(false);
    expect(recent.spanAddedSince({ start: 'a', end: 'b' }, before)).to.equal(true);
    expect(recent.spanAddedSince({ start: 'b', end: 'c' }, before)).to.equal(false);
    for (let i = 0; i < 4; i++) recent.add('z', 60 + i, 60 + i, '');
    expect(recent.reaches(before)).to.equal(false);
    expect(recent.reaches(recent.position - 3)).to.equal(true);
  });
});
