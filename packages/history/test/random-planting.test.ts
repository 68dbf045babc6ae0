import type { AnomalyType, Operation } from '@pandakv/history';
import { expect } from 'chai';
import { concurrent, consecutive, judge, typesOf } from './support/histories.js';
import { Random, seedOf } from './support/random.js';
import { simulate } from './support/simulated-store.js';

const ROUNDS = 8;

/** Small histories with one anomaly each, of the keys x and y. */
const KINDS: Readonly<Partial<Record<AnomalyType, Operation[]>>> = {
  G1a: concurrent('fail: append x 1', 'r x [1]'),
  G1b: concurrent('append x 1, append x 2', 'r x [1]', 'r x [1 2]'),
  internal: concurrent('append x 1, r x []'),
  'unwritten-read': concurrent('append x 1', 'r x [1 2]'),
  'duplicate-elements': concurrent('append x 1', 'append x 2', 'r x [1 2 1]'),
  'incompatible-order': concurrent('append x 1', 'append x 2', 'r x [1 2]', 'r x [2 1]'),
  'dirty-update': concurrent('fail: append x 1', 'append x 2', 'r x [1 2]'),
  'lost-update': concurrent('r x [], append x 1', 'r x [], append x 2', 'r x [1 2]'),
  'fractured-read': concurrent('append x 1, append y 1', 'r x [1], r y []', 'r y [1]'),
  'long-fork': concurrent('append x 1', 'append y 1', 'r x [1], r y []', 'r x [], r y [1]'),
  'stale-read': consecutive('append x 1', 'r x []', 'r x [1]'),
  'lost-append': consecutive('append x 1', 'append x 2', 'r x [2]'),
  G0: concurrent('append x 1, append y 1', 'append x 2, append y 2', 'r x [1 2]', 'r y [2 1]'),
  G1c: concurrent('append x 1, r y [1]', 'append y 1, r x [1]'),
  'G-single': concurrent('r x [], append x 1', 'r x [], append x 2', 'r x [1 2]'),
  'G-nonadjacent': concurrent('append x 1', 'append y 1', 'r x [1], r y []', 'r x [], r y [1]'),
  'G2-item': concurrent('r x [], append y 1', 'r y [], append x 1', 'r x [1], r y [1]'),
};

/** Puts the operations of one history, in their order, at random places of another; its keys and processes are its own. */
function planted(into: readonly Operation[], operations: readonly Operation[], random: Random): Operation[] {
  const places = operations.map(() => random.below(into.length + 1)).sort((left, right) => left - right);
  const result: Operation[] = [];
  let next = 0;
  for (let i = 0; i <= into.length; i++) {
    while (next < operations.length && places[next] === i) {
      const operation = operations[next++]!;
      result.push({ ...operation, process: operation.process + 1000 });
    }
    if (i < into.length) result.push(into[i]!);
  }
  return result;
}

describe('an anomaly somewhere in a long history of a strictly serializable store', () => {
  for (const [type, operations] of Object.entries(KINDS)) {
    it(`is found: ${type}`, () => {
      const alone = typesOf(judge(operations));
      const seed = seedOf(type);
      for (let i = 0; i < ROUNDS; i++) {
        const random = new Random(seed + i);
        const options = {
          model: 'list-append',
          transactions: 300,
          concurrency: 8,
          keys: 4,
          writesPerKey: 16,
          unknown: 0.05,
        } as const;
        const result = judge(planted([...simulate(options, random)], operations, random));
        expect(typesOf(result), `seed ${seed} + ${i}`).to.include(type);
        // With what runs beside it, an anomaly may also contradict the order of time; nothing else may be seen in it.
        const others = typesOf(result).filter((each) => !alone.includes(each) && !each.endsWith('-realtime'));
        expect(others, `seed ${seed} + ${i}`).to.deep.equal([]);
      }
    });
  }
});
