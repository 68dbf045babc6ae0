import type { CheckResult, ConsistencyModel, Operation } from '@pandakv/history';
import { expect } from 'chai';
import { isSerializable } from './support/brute-force.js';
import { judge } from './support/histories.js';
import { Random, seedOf } from './support/random.js';
import { smallHistory } from './support/small-histories.js';

const HISTORIES = 2000;

const LEVELS = [
  { consistency: 'serializable', byTime: false },
  { consistency: 'strict-serializable', byTime: true },
] as const;

describe('the checker against all orders of a few transactions', () => {
  it('raises no alarm about lists that some order explains, and misses none where the order of versions is known', () => {
    const tally = compare('list-append', seedOf('lists'));
    expect(tally.alarms).to.be.greaterThan(HISTORIES / 10);
    expect(tally.clean).to.be.greaterThan(HISTORIES / 10);
  });

  it('raises no alarm about registers that some order explains', () => {
    const tally = compare('register', seedOf('registers'));
    expect(tally.alarms).to.be.greaterThan(HISTORIES / 10);
    expect(tally.clean).to.be.greaterThan(HISTORIES / 10);
  });
});

function compare(model: 'list-append' | 'register', seed: number) {
  const tally = { alarms: 0, clean: 0 };
  for (let i = 0; i < HISTORIES; i++) {
    const operations = smallHistory(model, new Random(seed + i));
    for (const { consistency, byTime } of LEVELS) {
      const result = judge(operations, { model, consistency });
      const isExplained = isSerializable(operations, byTime);
      const shown = () => `seed ${seed} + ${i}, ${consistency}\n${dump(operations)}\n${JSON.stringify(result, undefined, 1)}`;
      expect(result.complete).to.equal(true);
      if (isExplained) expect(excludes(result, consistency), shown()).to.equal(false);
      else if (model === 'list-append' && areOrdersKnown(operations))
        expect(excludes(result, consistency), shown()).to.equal(true);
      if (result.valid) tally.clean += 1;
      else tally.alarms += 1;
    }
  }
  return tally;
}

function excludes({ not, alsoNot, valid }: CheckResult, model: ConsistencyModel): boolean {
  const isExcluded = not.includes(model) || alsoNot.includes(model);
  expect(isExcluded).to.equal(!valid);
  return isExcluded;
}

/** Whether at most one append of each key is in no read: then all reads together tell the order of all versions. */
function areOrdersKnown(operations: readonly Operation[]): boolean {
  const ok = operations.filter(({ type }) => type === 'ok').flatMap(({ value }) => value);
  const seen = new Set(
    ok.flatMap(([f, key, value]) =>
      f === 'r' && Array.isArray(value) ? value.map((each) => `${String(key)} ${String(each)}`) : [],
    ),
  );
  const unseen = ok.flatMap(([f, key, value]) => (f === 'append' && !seen.has(`${String(key)} ${String(value)}`) ? [key] : []));
  return new Set(unseen).size === unseen.length;
}

function dump(operations: readonly Operation[]): string {
  return operations.map((operation) => JSON.stringify(operation)).join('\n');
}
