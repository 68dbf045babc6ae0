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

const REGISTERS: readonly Planted[] = [
  { type: 'G1a', operations: concurrent('fail: w x 1', 'r x 1') },
  { type: 'G1b', operations: concurrent('w x 1, w x 2', 'r x 1') },
  { type: 'internal', operations: concurrent('w x 1', 'w x 2, r x 1') },
  { type: 'future-read', operations: concurrent('r x 1, w x 1') },
  { type: 'unwritten-read', operations: concurrent('r x 1') },
  { type: 'cyclic-versions', operations: concurrent('r x 2, w x 1', 'r x 1, w x 2'), all: ['cyclic-versions', 'G1c'] },
  { type: 'lost-update', operations: concurrent('r x, w x 1', 'r x, w x 2'), all: ['lost-update', 'G2-item'] },
  { type: 'fractured-read', operations: concurrent('w x 1, w y 1', 'r x 1, r y'), all: ['fractured-read', 'G-single'] },
  {
    type: 'long-fork',
    operations: concurrent('w x 1', 'w y 1', 'r x 1, r y', 'r x, r y 1'),
    all: ['long-fork', 'G-nonadjacent'],
  },
  { type: 'stale-read', operations: consecutive('w x 1', 'r x'), all: ['stale-read', 'G-single-realtime'] },
  { type: 'G1c', operations: concurrent('w x 1, r y 1', 'w y 1, r x 1') },
  {
    type: 'G-single',
    operations: concurrent('w x 1', 'r x 1, w x 2, w y 1', 'r x 1, r y 1'),
    all: ['fractured-read', 'G-single'],
  },
  { type: 'G2-item', operations: concurrent('r x, w y 1', 'r y, w x 1') },
  // The first is itself among those that wrote over what it read.
  { type: 'G-single', operations: concurrent('r x, w x 1, r y 1', 'w x 2, w y 1'), all: ['fractured-read', 'G-single'] },
];

const IN_PROCESSES: readonly Planted[] = [
  { type: 'G0-process', operations: inProcesses(['append x 1', 'append x 2'], ['r x [2 1]']) },
  { type: 'G1c-process', operations: inProcesses(['r x [1]', 'append x 1']) },
  { type: 'G-single-process', operations: inProcesses(['append x 1', 'r x []'], ['r x [1]']) },
  {
    type: 'G-nonadjacent-process',
    operations: inProcesses(['append x 1', 'r y []'], ['append y 1', 'r x []'], ['r x [1], r y [1]']),
  },
  {
    type: 'G2-item-process',
    operations: inProcesses(['append x 1', 'r y []'], ['append y 1, r x []'], ['r x [1], r y [1]']),
  },
];

const IN_TIME: readonly Planted[] = [
  { type: 'G0-realtime', operations: inTime(['append x 1', 'append x 2'], ['r x [2 1]']) },
  { type: 'G1c-realtime', operations: inTime(['r x [1]', 'append x 1']) },
  {
    type: 'G-single-realtime',
    operations: inTime(['append x 1', 'r x []'], ['r x [1]']),
    all: ['stale-read', 'G-single-realtime'],
  },
  {
    type: 'G-nonadjacent-realtime',
    operations: inTime(['append x 1', 'r y []'], ['append y 1'], ['r y [1], r x []']),
  },
  { type: 'G2-item-realtime', operations: inTime(['append x 1', 'r y []'], ['append y 1, r x []']) },
];

/** Each group is of one process, and its transactions follow each other, while those of the others run. Not judged by time. */
function inProcesses(...groups: readonly (readonly string[])[]): Operation[] {
  return history(
    groups.flatMap((group, process) => group.map((text, i) => ({ process, begin: i, end: i + 0.5, value: micro(text) }))),
  );
}

/** The same, with a process for each transaction. */
function inTime(...groups: readonly (readonly string[])[]): Operation[] {
  const all = groups.flatMap((group) =>
    group.map((text, i) => ({ begin: group.length === 1 ? 0 : i, end: group.length === 1 ? 9 : i + 0.5, value: micro(text) })),
  );
  return history(all);
}

describe('planted anomalies', () => {
  for (const { type, operations, options, all } of LISTS) {
    it(`finds ${type} in a history of lists, and nothing that is not there`, () => {
      const result = judge(operations, options);
      expect(typesOf(result)).to.have.members(all ?? [type]);
      expect(result.valid).to.equal(false);
    });
  }
  for (const { type, operations, all } of REGISTERS) {
    it(`finds ${type} in a history of registers, and nothing that is not there`, () => {
      expect(typesOf(judge(operations, { model: 'register' }))).to.have.members(all ?? [type]);
    });
  }
  for (const { type, operations } of IN_PROCESSES) {
    it(`finds ${type} where time is not judged by`, () => {
      expect(typesOf(judge(operations, { consistency: 'strong-session-serializable' }))).to.deep.equal([type]);
      expect(judge(operations, { consistency: 'serializable' }).anomalies).to.deep.equal([]);
    });
  }
  for (const { type, operations, all } of IN_TIME) {
    it(`finds ${type}, which is no anomaly where time is not judged by`, () => {
      expect(typesOf(judge(operations))).to.have.members(all ?? [type]);
      expect(judge(operations, { consistency: 'strong-session-serializable' }).anomalies).to.deep.equal([]);
    });
  }
});
