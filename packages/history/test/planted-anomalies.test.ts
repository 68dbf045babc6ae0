import { type AnomalyType, type CheckOptions, type Operation } from '@pandakv/history';
import { expect } from 'chai';
import { concurrent, consecutive, history, judge, micro, typesOf } from './support/histories.js';

interface Planted {
  readonly type: AnomalyType;
  readonly operations: Operation[];
  readonly options?: Partial<CheckOptions>;
  /** All types found, where there are more than the one. */
  readonly all?: readonly AnomalyType[];
}

const LISTS: readonly Planted[] = [
  { type: 'G1a', operations: concurrent('fail: append x 1', 'r x [1]') },
  { type: 'G1a', operations: concurrent('fail: append x 1', 'append x 2', 'r x [1 2]'), all: ['G1a', 'dirty-update'] },
  { type: 'G1b', operations: concurrent('append x 1, append x 2', 'r x [1]', 'r x [1 2]') },
  {
    type: 'internal',
    operations: concurrent('append x 1', 'r x [], append x 2, r x [1 2]', 'r x [1 2]'),
    all: ['internal', 'G-single'],
  },
  { type: 'internal', operations: concurrent('append x 1, r x []') },
  { type: 'future-read', operations: concurrent('r x [1], append x 1') },
  { type: 'unwritten-read', operations: concurrent('append x 1', 'r x [1 2]') },
  { type: 'duplicate-elements', operations: concurrent('append x 1', 'append x 2', 'r x [1 2 1]') },
  { type: 'incompatible-order', operations: concurrent('append x 1', 'append x 2', 'r x [1 2]', 'r x [2 1]') },
  { type: 'dirty-update', operations: concurrent('fail: append x 1', 'append x 2', 'r x [1 2]'), all: ['G1a', 'dirty-update'] },
  {
    type: 'lost-update',
    operations: concurrent('r x [], append x 1', 'r x [], append x 2', 'r x [1 2]'),
    all: ['lost-update', 'G-single'],
  },
  {
    type: 'fractured-read',
    operations: concurrent('append x 1, append y 1', 'r x [1], r y []', 'r y [1]'),
    all: ['fractured-read', 'G-single'],
  },
  {
    type: 'long-fork',
    operations: concurrent('append x 1', 'append y 1', 'r x [1], r y []', 'r x [], r y [1]', 'r x [1], r y [1]'),
    all: ['long-fork', 'G-nonadjacent'],
  },
  { type: 'stale-read', operations: consecutive('append x 1', 'r x []', 'r x [1]'), all: ['stale-read', 'G-single-realtime'] },
  {
    type: 'lost-append',
    operations: consecutive('append x 1', 'append x 2', 'r x [2]'),
    all: ['stale-read', 'lost-append', 'G0-realtime', 'G-single-realtime'],
  },
  { type: 'G0', operations: concurrent('append x 1, append y 1', 'append x 2, append y 2', 'r x [1 2]', 'r y [2 1]') },
  { type: 'G1c', operations: concurrent('append x 1, r y [1]', 'append y 1, r x [1]') },
  {
    type: 'G-single',
    operations: concurrent('append x 1', 'append x 2, append y 1', 'r x [1], r y [1]', 'r x [1 2]'),
    all: ['fractured-read', 'G-single'],
  },
  {
    type: 'G-nonadjacent',
    operations: concurrent('append x 1', 'append y 1', 'r x [1], r y []', 'r x [], r y [1]'),
    all: ['long-fork', 'G-nonadjacent'],
  },
  { type: 'G2-item', operations: concurrent('r x [], append y 1', 'r y [], append x 1', 'r x [1], r y [1]') },
];

const ORDERS: readonly Planted[] = [
  { type: 'G0-process', operations: inOneProcess('append x 1', 'append x 2', 'r x [2 1]') },
  { type: 'G1c-process', operations: inOneProcess('r x [1]', 'append x 1') },
  { type: 'G-single-process', operations: inOneProcess('append x 1', 'r x []', 'r x [1]') },
];

/** The first two are of one process, and the rest ran beside them; judged without time. */
function inOneProcess(first: string, second: string, ...rest: readonly string[]): Operation[] {
  return history([
    { process: 0, begin: 0, end: 1, value: micro(first) },
    { process: 0, begin: 2, end: 3, value: micro(second) },
    ...rest.map((text, i) => ({ process: i + 1, begin: 0, end: 3, value: micro(text) })),
  ]);
}

describe('planted anomalies', () => {
  for (const { type, operations, options, all } of LISTS) {
    it(`finds ${type} in a history of lists, and nothing that is not there`, () => {
      const result = judge(operations, options);
      expect(typesOf(result)).to.have.members(all ?? [type]);
      expect(result.valid).to.equal(false);
    });
  }
  for (const { type, operations } of ORDERS) {
    it(`finds ${type} where time is not judged by`, () => {
      expect(typesOf(judge(operations, { consistency: 'strong-session-serializable' }))).to.deep.equal([type]);
    });
  }
});
