import { expect } from 'chai';
import { timestampAt, wallTimeOf } from '@pandakv/core';
import { HybridClock, TICKS_PER_MS } from '../../dist/clock/index.js';
import { failure } from '../support/failure.js';

const START = Date.UTC(2026, 0, 1);

function clockAt(wall: { ms: number }, floor = 0): HybridClock {
  return new HybridClock({ now: () => wall.ms }, 500, floor);
}

describe('the hybrid clock', () => {
  it('strictly increases, also while the wall clock stands still or goes back', () => {
    const wall = { ms: START };
    const clock = clockAt(wall);
    let last = clock.now();
    for (const ms of [0, 0, 5, -1000, -5000, 1]) {
      wall.ms += ms;
      const next = clock.now();
      expect(next).to.be.greaterThan(last);
      last = next;
    }
  });

  it('passes what it observes, and refuses what is too far ahead without adopting it', async () => {
    const wall = { ms: START };
    const clock = clockAt(wall);
    const ahead = timestampAt(START + 400);
    clock.observe(ahead);
    expect(clock.now()).to.be.greaterThan(ahead);
    const last = clock.last;
    await failure(() => clock.observe(timestampAt(START + 501)), 'ClockSkew');
    expect(clock.last).to.equal(last);
  });

  it('is not dragged along by many small steps', async () => {
    const clock = clockAt({ ms: START });
    await failure(() => {
      for (let ms = 0; ms < 3_600_000; ms += 400) clock.observe(timestampAt(START + ms));
    }, 'ClockSkew');
    expect(wallTimeOf(clock.last)).to.be.at.most(START + 500);
  });

  it('starts above the floor and goes on from there, when the wall clock went back while nobody ran', () => {
    const wall = { ms: START };
    const floor = timestampAt(START + 3_600_000);
    const clock = clockAt(wall, floor);
    expect(clock.now()).to.be.greaterThan(floor);
    clock.observe(floor + 100 * TICKS_PER_MS);
    expect(clock.now()).to.be.greaterThan(floor + 100 * TICKS_PER_MS);
  });

  it('fits a safe integer until 2089', () => {
    expect(Number.isSafeInteger(timestampAt(Date.UTC(2089, 0, 1)))).to.equal(true);
    expect(wallTimeOf(timestampAt(START))).to.equal(START);
  });
});
