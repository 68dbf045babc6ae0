import { expect } from 'chai';
import type { Entry } from '../../dist/engine/index.js';
import { currentRowKey, encodeStamped } from '../../dist/rows/index.js';
import { PageDecoder } from '../../dist/shard/page-decoder.js';
import { failure } from '../support/failure.js';

const TIMESTAMP = 1_000;

function row(key: string, timestamp = TIMESTAMP): Entry {
  const rowKey = currentRowKey(key);
  return [rowKey, encodeStamped(rowKey, timestamp, Buffer.from(`value of ${key}`))];
}

function texts(entries: readonly Entry[]): string[][] {
  return entries.map(([key, value]) => [Buffer.from(key).toString(), Buffer.from(value).toString()]);
}

describe('a page that is decoded while it comes', () => {
  it('is the same as one that is decoded when all of it is there, and leaves out what was written later', () => {
    const rows = [row('a'), row('b', TIMESTAMP + 1), row('c'), row('d')];
    const coming: Entry[] = [];
    const decoder = new PageDecoder(TIMESTAMP);
    for (const each of rows) {
      coming.push(each);
      decoder.onEntries(coming);
    }
    const entries = texts(decoder.finish(coming));
    expect(entries).to.deep.equal(texts(new PageDecoder(TIMESTAMP).finish(rows)));
    expect(entries.map(([key]) => key)).to.deep.equal(['a', 'c', 'd']);
  });

  it('forgets what it was told of, where the engine has begun the page anew, or answers another', () => {
    const decoder = new PageDecoder(TIMESTAMP);
    decoder.onEntries([row('a'), row('b')]);
    decoder.onEntries([row('a')]);
    expect(texts(decoder.finish([row('x')]))).to.deep.equal([['x', 'value of x']]);
  });

  it('fails for a damaged row with Corruption, and not before the engine has answered', async () => {
    const [key, value] = row('b');
    value[20]! ^= 1;
    const rows = [row('a'), [key, value] as Entry, row('c')];
    const decoder = new PageDecoder(TIMESTAMP);
    decoder.onEntries(rows.slice(0, 1));
    decoder.onEntries(rows);
    await failure(() => decoder.finish(rows), 'Corruption');
    // Where that was another attempt, all is well.
    expect(texts(decoder.finish([row('a')]))).to.deep.equal([['a', 'value of a']]);
  });
});
