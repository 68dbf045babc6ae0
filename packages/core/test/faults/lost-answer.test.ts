import { setTimeout } from 'node:timers/promises';
import { systemEnvironment, type Database } from '@pandakv/core';
import { expect } from 'chai';
import { openForTest, text } from '../support/databases.js';
import { hooked } from '../support/engines.js';
import { failure } from '../support/failure.js';
import { freshStore } from '../support/test-engine.js';

/** A database whose engine does all it is told, and says so only once `answer` is called; its clock can be moved ahead. */
async function withLostAnswers() {
  let offset = 0;
  let lost = 0;
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (answer = resolve));
  let isLosing = false;
  const engine = hooked(await freshStore(0), {
    write: async (_batch, apply) => {
      await apply();
      if (!isLosing) return;
      lost++;
      await answered;
    },
  });
  const environment = { ...systemEnvironment, now: () => systemEnvironment.now() + offset };
  const db = await openForTest({ shards: [{ id: 's1', engine }], environment });
  await db.write([{ type: 'set', key: 'n', value: '1' }]);
  return {
    db,
    /** Runs what commits, lets its deadline pass while the answer is lost, and answers how it failed. */
    loseAnswerOf: async (commit: () => Promise<unknown>) => {
      isLosing = true;
      const unknown = failure(commit(), 'CommitUnknown');
      while (lost === 0) await setTimeout(1);
      offset += 60_000;
      const error = await unknown;
      isLosing = false;
      answer();
      return error;
    },
  };
}

describe('a commit whose answer is lost', () => {
  let runs = 0;
  const increment = (db: Database) =>
    db.transact(async (transaction) => {
      runs++;
      transaction.set('n', String(Number(text(await transaction.get('n'))) + 1));
    });
  const blindWrite = (db: Database) => {
    runs++;
    return db.write([{ type: 'set', key: 'n', value: '2' }]);
  };
  for (const [what, commit] of Object.entries({ increment, 'blind write': blindWrite })) {
    it(`is not called failed and not made again: the ${what} is there once, and its id tells`, async () => {
      runs = 0;
      const { db, loseAnswerOf } = await withLostAnswers();
      const error = await loseAnswerOf(() => commit(db));
      expect((await db.outcome(error.transactionId!)).status).to.equal('committed');
      expect(text(await db.get('n'))).to.equal('2');
      expect(runs).to.equal(1);
    });
  }
});
