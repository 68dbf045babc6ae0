import { expect } from 'chai';
import { judgeHistory, type Attempt, type Operation } from '@pandakv/simulation';

type Steps = { readonly reads?: Record<string, string>; readonly writes?: Record<string, string> };

/** Operations one after another; those of `status` other than `ok` ended so. */
function history(...operations: (Steps & { status?: Operation['status']; from?: number; to?: number })[]): Operation[] {
  return operations.map(({ reads = {}, writes = {}, status = 'ok', from, to }, at) => {
    const attempt: Attempt = {
      readTimestamp: 0,
      reads: Object.entries(reads).map(([key, value]) => ({ key, value: value === '' ? undefined : value })),
      scans: [],
      writes: new Map(Object.entries(writes)),
    };
    const [invoked, completed] = [from ?? 2 * at, to ?? 2 * at + 1];
    return {
      kind: 'transaction',
      client: `c${at}`,
      session: 's',
      isolation: 'serializable',
      invoked,
      completed,
      status,
      attempts: [attempt],
    };
  });
}

const found = (operations: Operation[]): string => judgeHistory('list-append', operations, true).join('\n');
const both = { from: 0, to: 9 };

describe('The history of list-append is judged by itself: an anomaly is named', () => {
  it('and none where there is none', () => {
    expect(found(history({ writes: { a: '1' } }, { reads: { a: '1' }, writes: { a: '1,2' } }, { reads: { a: '1,2' } }))).to.equal(
      '',
    );
  });

  it('an aborted read', () => {
    expect(found(history({ writes: { a: '1' }, status: 'failed' }, { reads: { a: '1' } }))).to.match(/G1a/);
  });

  it('a lost update', () => {
    const lost = history(
      { writes: { a: '1' } },
      { reads: { a: '1' }, writes: { a: '1,2' }, from: 4, to: 9 },
      { reads: { a: '1' }, writes: { a: '1,3' }, from: 4, to: 9 },
      { reads: { a: '1,3' }, from: 10, to: 11 },
    );
    expect(found(lost)).to.match(/lost/i);
  });

  it('write skew', () => {
    const skew = history(
      { reads: { a: '', b: '' }, writes: { a: '1' }, ...both },
      { reads: { a: '', b: '' }, writes: { b: '2' }, ...both },
      { reads: { a: '1', b: '2' }, from: 10, to: 11 },
    );
    expect(found(skew)).to.match(/G2-item/);
  });

  it('a fractured read', () => {
    const half = history(
      { writes: { a: '1', b: '1' }, ...both },
      { reads: { a: '1', b: '' }, ...both },
      { reads: { a: '1', b: '1' }, from: 10, to: 11 },
    );
    expect(found(half)).to.match(/fractured|G-single/);
  });

  it('a stale read', () => {
    expect(found(history({ writes: { a: '1' } }, { reads: { a: '' } }, { reads: { a: '1' } }))).to.match(/stale|realtime/i);
  });
});
