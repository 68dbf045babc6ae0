import { HISTORY_MODELS } from '@pandakv/history';
import { expect } from 'chai';
import { judge } from './support/histories.js';
import { Random, seedOf } from './support/random.js';
import { simulate } from './support/simulated-store.js';

describe('histories of a strictly serializable store', () => {
  for (const model of HISTORY_MODELS) {
    it(`raise no alarm: ${model}, with failures and unknown outcomes`, () => {
      const seed = seedOf(model);
      for (let i = 0; i < 60; i++) {
        const random = new Random(seed + i);
        const options = {
          model,
          transactions: random.pick([50, 400]),
          concurrency: random.pick([1, 3, 10, 40]),
          keys: random.pick([1, 3, 10]),
          writesPerKey: random.pick([4, 16, 64]),
          failures: random.pick([0, 0.1]),
          unknown: random.pick([0, 0.1]),
        };
        const operations = [...simulate(options, random)];
        for (const linearizableKeys of model === 'register' ? [false, true] : [false]) {
          const result = judge(operations, { model, linearizableKeys });
          expect(result.anomalies, `seed ${seed} + ${i}`).to.deep.equal([]);
          expect(result).to.include({ valid: true, complete: true });
        }
      }
    });
  }
});
