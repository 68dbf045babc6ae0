import { formatOperation, HISTORY_FORMATS, HistoryError, parseHistory, type Operation } from '@pandakv/history';
import { expect } from 'chai';
import { Random, seedOf } from './support/random.js';
import { simulate } from './support/simulated-store.js';

const ELLE = `; a comment {
[{:type :invoke, :f :txn, :value [[:append 1 2] [:r 1 nil]], :process 0, :time 1, :index 3}
 #jepsen.history.Op{:type :ok :process 0 :value ((:append 1 2) (:r 1 [2]))
  :error #{:a "}" \\}} :f :txn} ; an end }
 {:type :info, :process :nemesis, :f :partition, :value nil}
 {:type :invoke, :process 1, :value [[:r :x nil]]}
]
`;

const READ: Operation[] = [
  {
    type: 'invoke',
    process: 0,
    value: [
      ['append', 1, 2],
      ['r', 1, null],
    ],
    f: 'txn',
    time: 1,
    index: 3,
  },
  {
    type: 'ok',
    process: 0,
    value: [
      ['append', 1, 2],
      ['r', 1, [2]],
    ],
    f: 'txn',
  },
  { type: 'invoke', process: 1, value: [['r', ':x', null]] },
];

const ODD: Operation = {
  type: 'ok',
  process: 4,
  f: 'txn',
  value: [
    ['append', ':key', -3],
    ['append', 'a "quoted" {text}\\', ';\n\u{1f43c}'],
    ['r', 1.5, ['a', true, 0]],
    ['w', ': no keyword', false],
    ['r', ':k/b', null],
  ],
  time: 123_456_789_012,
  index: 7,
};

function parsed(text: string): Operation[] {
  return [...parseHistory([text])];
}

describe('files of histories', () => {
  it('are read in the EDN of Jepsen: one vector, tags, comments, lists, and operations of a nemesis left out', () => {
    expect(parsed(ELLE)).to.deep.equal(READ);
  });

  it('are read the same wherever the pieces are cut', () => {
    const lines = READ.map((operation) => formatOperation(operation, 'edn')).join('\n');
    for (const text of [ELLE, lines, JSON.stringify(READ, undefined, 1)]) {
      const whole = parsed(text);
      for (let cut = 0; cut <= text.length; cut++) {
        expect([...parseHistory([text.slice(0, cut), text.slice(cut)])], `cut at ${cut}`).to.deep.equal(whole);
      }
      expect([...parseHistory(text)]).to.deep.equal(whole);
    }
  });

  for (const format of HISTORY_FORMATS) {
    it(`come back from ${format} as they were written, one operation a line or in one vector`, () => {
      const random = new Random(seedOf(format));
      const options = {
        model: 'list-append',
        transactions: 200,
        concurrency: 5,
        keys: 3,
        writesPerKey: 8,
        failures: 0.1,
        unknown: 0.1,
      };
      const operations = [ODD, ...simulate(options as Parameters<typeof simulate>[0], random)];
      const lines = operations.map((operation) => formatOperation(operation, format));
      expect(parsed(lines.join('\n'))).to.deep.equal(operations);
      expect(parsed(`[${lines.join(',\n')}]`)).to.deep.equal(operations);
    });
  }

  for (const [what, text, line] of [
    ['text that is no history', 'hello', 1],
    ['a form that does not end', '{:type :ok :process 0 :value []}\n{:type :ok', 2],
    ['a vector that does not end', '[{:type :ok :process 0 :value []}\n', 2],
    ['a bracket that closes nothing', '{:type :ok :process 0 :value []}\n]', 2],
    ['JSON that is none', '{"type":"ok","process":0,"value":[]}\n{"type":"ok",}', 2],
    ['an unknown type', '{:type :maybe :process 0 :value []}', 1],
    ['a value that is no transaction', '\n{:type :ok :process 0 :value 3}', 2],
    ['an unknown micro-operation', '{:type :ok :process 0 :value [[:cas 1 2]]}', 1],
    ['a key that is no scalar', '{:type :ok :process 0 :value [[:r [1] nil]]}', 1],
    ['an integer that cannot be told from its neighbours', '{:type :ok :process 0 :value [[:append 1 9007199254740993]]}', 1],
  ] as const) {
    it(`are refused with the line, and not guessed at: ${what}`, () => {
      expect(() => parsed(text))
        .to.throw(HistoryError, new RegExp(`\\bline ${line}\\b`, 'i'))
        .with.property('code', 'Unreadable');
    });
  }
});
