import { checkHistory, HistoryError, HistoryFile, readHistoryFile, Recorder, type Operation } from '@pandakv/history';
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

describe('the recorder', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'panda-history-'));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('notes what happened in order, with the time of the clock that it was given', () => {
    const operations: Operation[] = [];
    let time = 100;
    const recorder = new Recorder({ add: (operation) => operations.push(operation) }, () => (time += 5));
    recorder.invoke(1, [['append', 'x', 1]]);
    recorder.invoke(2, [['r', 'x', null]]);
    recorder.ok(2, [['r', 'x', []]]);
    recorder.info(1);
    recorder.invoke(2, [['append', 'x', 2]]);
    recorder.fail(2);
    expect(operations).to.deep.equal([
      { index: 0, type: 'invoke', process: 1, f: 'txn', value: [['append', 'x', 1]], time: 105 },
      { index: 1, type: 'invoke', process: 2, f: 'txn', value: [['r', 'x', null]], time: 110 },
      { index: 2, type: 'ok', process: 2, f: 'txn', value: [['r', 'x', []]], time: 115 },
      { index: 3, type: 'info', process: 1, f: 'txn', value: [['append', 'x', 1]], time: 120 },
      { index: 4, type: 'invoke', process: 2, f: 'txn', value: [['append', 'x', 2]], time: 125 },
      { index: 5, type: 'fail', process: 2, f: 'txn', value: [['append', 'x', 2]], time: 130 },
    ]);
    expect(checkHistory(operations, { model: 'list-append' })).to.deep.include({
      valid: true,
      transactions: { ok: 1, failed: 1, unknown: 1 },
    });
  });

  it('refuses a process that would have two transactions, and the end of one that did not begin', () => {
    const recorder = new Recorder({ add: () => undefined });
    recorder.invoke(1, []);
    expect(() => recorder.invoke(1, []))
      .to.throw(HistoryError)
      .with.property('code', 'InvalidArgument');
    expect(() => recorder.ok(2, []))
      .to.throw(HistoryError)
      .with.property('code', 'InvalidArgument');
    expect(() => recorder.invoke(0.5, []))
      .to.throw(HistoryError)
      .with.property('code', 'InvalidArgument');
  });

  for (const format of ['edn', 'json'] as const) {
    it(`writes to a file as it goes, and holds no more than a piece of it: ${format}`, () => {
      const path = join(folder, `history.${format}`);
      const file = new HistoryFile(path, format);
      const recorder = new Recorder(file);
      const list: number[] = [];
      for (let i = 0; i < 2000; i++) {
        recorder.invoke(0, [
          ['append', 'x', i],
          ['r', 'x', null],
        ]);
        list.push(i);
        recorder.ok(0, [
          ['append', 'x', i],
          ['r', 'x', list.slice(-100)],
        ]);
        if (i === 1000) expect(readFileSync(path).length).to.be.greaterThan(200_000);
      }
      file.close();
      expect([...readHistoryFile(path)]).to.have.lengthOf(4000);
    });
  }
});
