import { expect } from 'chai';
import { Rate, rateText } from '../dist/output/rate.js';

describe('A rate', () => {
  it('is the mean of what this run has done, not of what was done before', () => {
    let nowMs = 5_000;
    const rate = new Rate(() => nowMs);
    expect(rate.at(100)).to.equal(undefined);
    nowMs += 2_000;
    expect(rate.at(103)).to.equal(1.5);
    nowMs += 2_000;
    expect(rate.at(1_100)).to.equal(250);
  });

  it('is shown with the unit, and as unknown before there is one', () => {
    expect(rateText(1.54, 'MiB')).to.equal('1.5 MiB/s');
    expect(rateText(2_500.4, 'rows')).to.equal('2500 rows/s');
    expect(rateText(undefined, 'MiB')).to.equal('– MiB/s');
  });
});
