import { expect } from 'chai';
import {
  keepInFlight,
  measureInRounds,
  median,
  percentile,
  ratioByRound,
  seededRandom,
  shuffled,
} from '../dist/measure/index.js';

describe('bench: measuring', () => {
  it('takes percentiles between neighbours, whatever the order', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(percentile([10, 0, 20, 30, 40], 0.9)).to.equal(36);
    expect(percentile([7], 0.9)).to.equal(7);
    expect(percentile([5, 1], 0)).to.equal(1);
    expect(percentile([5, 1], 1)).to.equal(5);
    expect(() => median([])).to.throw(RangeError);
  });

  it('runs the sides in turn, every other round in reverse', async () => {
    const order: string[] = [];
    const block = (name: string, figure: number) => async () => {
      order.push(name);
      return figure * order.length;
    };
    const figures = await measureInRounds(3, { raw: block('raw', 1), panda: block('panda', 10) });
    expect(order).to.deep.equal(['raw', 'panda', 'panda', 'raw', 'raw', 'panda']);
    expect(figures).to.deep.equal({ raw: [1, 4, 5], panda: [20, 30, 60] });
  });

  it('takes the median of the ratios of rounds, not the ratio of medians', () => {
    expect(ratioByRound([10, 40, 90], [10, 20, 30])).to.equal(2);
    expect(() => ratioByRound([1, 2], [1])).to.throw(RangeError);
  });

  it('keeps as many operations in flight as asked, and counts them all', async () => {
    let now = 0;
    let most = 0;
    const numbers: number[] = [];
    const { operations, perSecond } = await keepInFlight(8, 20, async (number) => {
      numbers.push(number);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 1));
      now--;
    });
    expect(now).to.equal(0);
    expect(most).to.equal(8);
    expect(numbers).to.deep.equal(Array.from({ length: operations }, (_, index) => index));
    expect(perSecond).to.be.greaterThan(0);
  });

  it('fails when an operation fails', async () => {
    const failing = keepInFlight(4, 20, async (number) => {
      if (number === 6) throw new Error('six');
    });
    const failure = await failing.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).to.be.instanceOf(Error).with.property('message', 'six');
  });

  it('orders keys at random, the same in every run', () => {
    const order = shuffled(100, seededRandom(1));
    expect(order).to.deep.equal(shuffled(100, seededRandom(1)));
    expect(order).not.to.deep.equal(shuffled(100, seededRandom(2)));
    expect(Array.from(order).sort((a, b) => a - b)).to.deep.equal(Array.from({ length: 100 }, (_, index) => index));
  });
});
