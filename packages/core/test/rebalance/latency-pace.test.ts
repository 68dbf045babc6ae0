import { expect } from 'chai';
import type { Environment } from '@pandakv/core';
import { LatencyPace } from '../../dist/rebalance/latency-pace.js';

interface Commit {
  readonly at: number;
  readonly tookMs: number;
}

/** A clock that goes on when somebody waits, and says so. */
function steppedEnvironment(stepped: (now: number) => void): Environment {
  let now = 1_000_000;
  return {
    now: () => now,
    random: () => 0,
    setTimer: (delayMs, callback) => {
      now += delayMs;
      stepped(now);
      queueMicrotask(callback);
      return { cancel: () => undefined };
    },
    defer: (callback) => queueMicrotask(callback),
  };
}

const commitsAt = (at: number, tookMs: number): Commit[] => Array.from({ length: 10 }, () => ({ at, tookMs }));

describe('the pace of moves', () => {
  it('waits while commits take longer than before, and goes on when they do not any more', async () => {
    let commits = commitsAt(1_000_000, 4);
    const waits: number[] = [];
    const environment = steppedEnvironment((now) => {
      waits.push(now);
      commits = commitsAt(now, waits.length < 5 ? 40 : 5);
    });
    const pace = new LatencyPace(
      environment,
      async () => commits,
      2,
      () => false,
    );
    await pace.begin();
    await pace.wait();
    expect(waits).to.deep.equal([]);
    commits = commitsAt(1_000_000, 40);
    await new Promise<void>((resolve) => environment.setTimer(250, resolve));
    waits.length = 0;
    await pace.wait();
    expect(waits.length).to.equal(5);
    expect(pace.isPaused).to.equal(false);
  });

  it('lets a page through now and then however long it lasts, and at once when it is over', async () => {
    let now = 0;
    let isOver = false;
    const environment = steppedEnvironment((at) => (now = at));
    const start = environment.now();
    let tookMs = 4;
    const pace = new LatencyPace(
      environment,
      async () => commitsAt(environment.now(), tookMs),
      2,
      () => isOver,
    );
    await pace.begin();
    tookMs = 40;
    await pace.wait();
    expect(now - start).to.equal(2_000);
    await new Promise<void>((resolve) => environment.setTimer(250, resolve));
    isOver = true;
    const before = environment.now();
    await pace.wait();
    expect(environment.now()).to.equal(before);
  });
});
