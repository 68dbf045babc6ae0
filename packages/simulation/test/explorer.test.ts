import { expect } from 'chai';
import { explore, replay, type ExploreOptions } from '@pandakv/simulation';

const PLAIN: ExploreOptions = {
  transactions: 1,
  crashes: 0,
  losses: 0,
  duplicates: 0,
  recoveries: 0,
  lagMs: 0,
  isHasty: false,
  executionsMax: 4_000,
  depthMax: 1_000,
};

/** Behind by more than the greatest offset: the coordinator aborts what all have prepared. */
const LAGGING: ExploreOptions = { ...PLAIN, lagMs: 2_000, recoveries: 2 };

describe('Every order of events of a cross-shard commit', () => {
  it('keeps the promises, when any process may die at any step', async () => {
    const { isComplete, violation, states } = await explore({ ...PLAIN, crashes: 1 });
    expect(violation).to.equal(undefined);
    expect(isComplete).to.equal(true);
    expect(states).to.be.greaterThan(100);
  });

  it('keeps the promises, as far as it is tried, when two recover a transaction that its coordinator aborts', async () => {
    const { violation } = await explore({ ...LAGGING, executionsMax: 1_000 });
    expect(violation).to.equal(undefined);
  });

  it('keeps the promises, as far as it is tried, with two transactions, a crash, a lost message, and two that recover', async () => {
    const options = { ...PLAIN, transactions: 2, crashes: 1, losses: 1, recoveries: 2, executionsMax: 500 } as const;
    expect((await explore(options)).violation).to.equal(undefined);
  });

  it('breaks them if outcomes are passed on before they are durable at the anchor: the ordering matters', async () => {
    const options = { ...LAGGING, isHasty: true };
    const { violation } = await explore(options);
    expect(violation?.failures.join('\n')).to.match(/is on s\d at/);
    expect(await replay(options, violation!.choices)).to.deep.equal(violation!.failures);
    expect(await replay(LAGGING, violation!.choices)).to.deep.equal([]);
  });
});
