import { expect } from 'chai';
import { explore, LAG_MS, NO_HARM, replay, SCOPES, type ExploreOptions } from '@pandakv/simulation';

const PLAIN: ExploreOptions = { ...NO_HARM, executionsMax: 10_000 };

describe('Every order of events of a cross-shard commit keeps the promises', () => {
  for (const [at, { name, options }] of SCOPES.filter(({ isShort }) => isShort).entries()) {
    it(name, async () => {
      // That the same state goes on the same way is confirmed in one scope here, as it takes twice the time.
      const isChecked = at === 0;
      const { isComplete, violation, confirmed } = await explore({ ...PLAIN, ...options, isChecked });
      expect(violation).to.equal(undefined);
      expect(isComplete).to.equal(true);
      if (isChecked) expect(confirmed).to.be.greaterThan(20);
    });
  }

  it('as far as it is tried, with two transactions, a crash, a lost message, and two that recover', async () => {
    const options = { transactions: 2, crashes: 1, losses: 1, recoveries: 2, executionsMax: 100 } as const;
    expect((await explore({ ...PLAIN, ...options })).violation).to.equal(undefined);
  });
});

describe('The explorer finds what breaks the promises', () => {
  it('outcomes that are passed on before they are durable at the anchor: the ordering matters', async () => {
    const options = { ...PLAIN, lagMs: LAG_MS, recoveries: 1, bug: 'outcome-before-durable' } as const;
    const { violation } = await explore(options);
    expect(violation?.failures.join('\n')).to.match(/is on s\d at/);
    expect(await replay(options, violation!.choices)).to.deep.equal(violation!.failures);
    expect(await replay({ ...options, bug: undefined }, violation!.choices)).to.deep.equal([]);
  });

  it('a vote that promises nothing: a prepare that comes late is accepted', async () => {
    const { violation } = await explore({ ...PLAIN, recoveries: 1, bug: 'vote-leaves-no-trace' });
    expect(violation?.failures.join('\n')).to.match(/is on s\d at|was acknowledged|Broken invariant/);
  });

  it('a leader that forgets what it has prepared', async () => {
    const { violation } = await explore({ ...PLAIN, crashes: 1, bug: 'prepared-before-durable' });
    expect(violation?.failures.join('\n')).to.match(/is on s\d at|was acknowledged/);
  });

  it('a leader that still writes after it was replaced', async () => {
    const { violation } = await explore({ ...PLAIN, crashes: 1, bug: 'guards-ignored' });
    expect(violation?.failures).not.to.equal(undefined);
  });
});
