import { expect } from 'chai';
import fc from 'fast-check';
import { RecentCommits } from '../../dist/shard/recent-commits.js';
import { SEED } from '../support/random.js';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const CAPACITY = 6;

type Step = { readonly key: number; readonly retract: number };

/** The same by looking through a plain list. */
class Model {
  readonly entries: { key: string; timestamp: number }[] = [];

  lastCommit(key: string, oldest: number): number {
    const position = this.entries.findLastIndex((entry) => entry.key === key && entry.timestamp !== 0);
    return position < oldest ? 0 : this.entries[position]!.timestamp;
  }
}

describe(`recent commits, against a plain list (PANDA_SEED=${SEED})`, () => {
  it('answer the same for random commits and retractions', () => {
    const step = fc.record({ key: fc.nat(KEYS.length - 1), retract: fc.nat(20) });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check));
  });
});

function check(steps: readonly Step[]): void {
  const recent = new RecentCommits(CAPACITY, 0);
  const model = new Model();
  for (const [at, { key, retract }] of steps.entries()) {
    const timestamp = at + 1;
    expect(recent.add(KEYS[key]!, timestamp, timestamp, '')).to.equal(model.entries.length);
    model.entries.push({ key: KEYS[key]!, timestamp });
    // The last few, as a group that was given up.
    if (retract < 3) {
      const positions = Array.from({ length: Math.min(retract, model.entries.length) }, (_, i) => model.entries.length - 1 - i);
      for (const position of positions) model.entries[position]!.timestamp = 0;
      recent.retract(positions);
    }
    compare(recent, model);
  }
}

function compare(recent: RecentCommits, model: Model): void {
  const { position, floor } = recent;
  expect(position).to.equal(model.entries.length);
  let oldest = position;
  while (oldest > 0 && recent.reaches(oldest - 1)) oldest--;
  expect(position - oldest).to.be.within(Math.min(position, CAPACITY / 2), CAPACITY);
  expect(floor).to.equal(oldest === 0 ? 0 : oldest);
  for (const key of KEYS) {
    const last = model.lastCommit(key, oldest);
    expect(recent.lastCommit(key)).to.equal(last);
    const span = { start: key, end: key + '\0' };
    expect(recent.latestIn(span)).to.equal(last);
    for (const since of [floor, position - 1]) {
      if (since >= floor) expect(recent.changedSince(span, since) !== undefined).to.equal(last > since);
    }
  }
}
