import type { Engine } from '@pandakv/core/engine';
import { GuardMismatch } from '@pandakv/core/engine';
import { expect } from 'chai';
import { randomInt } from 'node:crypto';
import { ask, bytes, cleanUp, EVERYTHING, GUARD, hex, hexRows, newDatabase, openAt, scanAll } from './support.js';

/** All write at once, each guarded by what it last saw. Exactly one may win a round, and all that it wrote is there. */
async function race(engines: readonly Engine[], rounds: number, isFirst: (round: number) => boolean): Promise<void> {
  let expected: Uint8Array | undefined;
  for (let round = 0; round < rounds; round++) {
    if (isFirst(round)) {
      await engines[0]!.write({ deletes: [GUARD] });
      expected = undefined;
    }
    const shift = round % engines.length;
    const tries = [...engines.slice(shift), ...engines.slice(0, shift)].map(async (engine, i) => {
      const next = bytes(`${round} by ${i}`);
      await engine.write({
        guard: { key: GUARD, expected, next },
        puts: [
          [bytes('row'), next],
          [bytes(`row/${round % 7}/${i}`), next],
        ],
        deleteRanges: [{ start: bytes('row/'), end: bytes('row0') }],
      });
      return next;
    });
    const results = await Promise.allSettled(tries);
    const won = results.filter((result) => result.status === 'fulfilled');
    for (const lost of results) if (lost.status === 'rejected' && !GuardMismatch.is(lost.reason)) throw lost.reason;
    expect(won, `round ${round}`).to.have.length(1);
    expected = won[0]!.value;
    const rows = (await scanAll(engines[round % engines.length]!)).map(([, value]) => hex(value));
    expect(rows, `round ${round}`).to.deep.equal([expected, expected, expected].map(hex));
  }
}

describe('Racing writers', () => {
  afterEach(cleanUp);

  for (const isolation of ['read committed', 'serializable']) {
    it(`are told apart by the guard, one winner in each of 1,000 rounds, where the default is ${isolation}`, async function () {
      this.timeout(240_000);
      const url = await newDatabase();
      await ask(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET default_transaction_isolation = '${isolation}'`);
      const engines = [await openAt(url), await openAt(url), await openAt(url)];
      await race(engines, 500, (round) => round === 0);
      await race(engines, 500, (round) => round % 2 === 0);
    });
  }

  it('without a guard never wait for each other in a circle, and mix nothing', async () => {
    const url = await newDatabase();
    const engines = [await openAt(url), await openAt(url), await openAt(url)];
    const keys = Array.from({ length: 40 }, (_, i) => bytes(`k${10 + i}`));
    for (let round = 0; round < 60; round++) {
      const writes = engines.map(async (engine, i) => {
        const shuffled = keys.toSorted(() => randomInt(3) - 1);
        const value = bytes(`${round} by ${i}`);
        const kept = shuffled.slice(0, 20).map((key) => [key, value] as const);
        await engine.write(
          round % 2 === 0 ? { puts: kept, deletes: shuffled.slice(20) } : { puts: kept, deleteRanges: [EVERYTHING] },
        );
      });
      await Promise.all(writes);
      const rows = hexRows(await scanAll(engines[0]!));
      expect(rows).to.have.length(20);
      expect(new Set(rows.map(([, value]) => value)).size).to.equal(1);
    }
  });
});
