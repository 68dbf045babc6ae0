import { expect } from 'chai';
import { copyPlainData } from '@pandakv/simulation';

describe('A message', () => {
  it('arrives as a copy', () => {
    const sent = { a: [1, 'two', null, undefined, { three: true }], bytes: new Uint8Array([1, 2]) };
    const arrived = copyPlainData(sent);
    expect(arrived).to.deep.equal(structuredClone(sent));
    expect(arrived.bytes).not.to.equal(sent.bytes);
  });

  it('carries nothing but plain data', () => {
    for (const wrong of [() => 1, Promise.resolve(), new Map(), new Error('x')]) {
      expect(() => copyPlainData({ wrong })).to.throw(TypeError);
    }
  });
});
