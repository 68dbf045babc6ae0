import { failure } from '../support/failure.js';
import { newAttempt, ROUTES, shardPair, writes } from '../support/shards.js';

const PATIENT = { patienceMs: 600_000 };

describe('a leader that has stopped', () => {
  it('answers who waits for a lock that it will never release', async () => {
    const pair = await shardPair(PATIENT);
    const deposed = pair.s2;
    const holder = newAttempt();
    const timestamp = await deposed.prepare(writes('s2', holder, 'x', 'prepared'));
    const read = deposed.read({ routes: ROUTES.s2, keys: ['x'], timestamp });
    const span = { start: 'k', end: undefined };
    const scan = deposed.scan({ routes: ROUTES.s2, span, timestamp, limit: 9, maxBytes: 9_999, reverse: false });
    const commit = deposed.commit(writes('s2', newAttempt(), 'x', 'waits'));
    const waiting = Promise.all([
      failure(Promise.resolve(read), 'LeadershipLost'),
      failure(Promise.resolve(scan), 'LeadershipLost'),
      failure(commit, 'LeadershipLost'),
    ]);
    await pair.restart();
    await failure(deposed.commit(writes('s2', newAttempt(), 'y', 'fenced')), 'LeadershipLost');
    await waiting;
  });

  it('stops with LeadershipLost when it finds what its successor wrote, and calls that no corruption', async () => {
    const pair = await shardPair(PATIENT);
    const deposed = pair.s2;
    const transaction = newAttempt();
    const committedAt = await deposed.prepare(writes('s2', transaction, 'x', 'new'));
    await pair.restart();
    await pair.s2.apply(transaction, { committedAt });
    await failure(deposed.apply(transaction, { committedAt }), 'LeadershipLost');
    await failure(deposed.commit(writes('s2', newAttempt(), 'y', 'fenced')), 'LeadershipLost');
  });
});
