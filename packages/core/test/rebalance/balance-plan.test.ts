import { expect } from 'chai';
import fc from 'fast-check';
import { DEFAULT_BALANCE_POLICY, type BalancePolicy } from '../../dist/rebalance/balance-policy.js';
import type { BalanceRange, BalanceShard } from '../../dist/rebalance/balance-input.js';
import { planBalance, type BalancePlan } from '../../dist/rebalance/balance-plan.js';
import { SEED } from '../support/random.js';

const KIB = 1024;
const MIB = 1024 * KIB;
/** Without merges, so that what is planned is about what is even. */
const POLICY: BalancePolicy = { ...DEFAULT_BALANCE_POLICY, mergeBytesMax: 0 };

interface Slice {
  readonly bytes: number;
  readonly load: number;
}

const shardsOf = (count: number, more: Partial<BalanceShard> = {}): BalanceShard[] =>
  Array.from({ length: count }, (_, at) => ({ id: `s${at + 1}`, isDraining: false, bytesMax: Infinity, ...more }));

/** Ranges in key order, each of a shard and slices. */
function rangesOf(layout: readonly { readonly shard: string; readonly slices: readonly Slice[] }[]): BalanceRange[] {
  let key = 0;
  const starts = layout.map(({ slices }) => slices.map(() => (key++ === 0 ? '' : String(key).padStart(8, '0'))));
  return layout.map(({ shard, slices }, at) => ({
    id: `r${at + 1}`,
    start: starts[at]![0]!,
    end: starts[at + 1]?.[0],
    shard,
    isFixed: false,
    slices: slices.map((slice, index) => ({ ...slice, start: starts[at]![index]! })),
  }));
}

/** The ranges when the plan was carried out. */
function carriedOut(ranges: readonly BalanceRange[], { splits, moves, merges }: BalancePlan): BalanceRange[] {
  let id = 0;
  const split = ranges.flatMap((range) => {
    const bounds = [range.start, ...splits.filter((key) => key > range.start && (range.end === undefined || key < range.end))];
    return bounds.map((start, at) => {
      const end = bounds[at + 1] ?? range.end;
      const slices = range.slices.filter((slice) => slice.start >= start && (end === undefined || slice.start < end));
      const move = moves.find((each) => each.start === start);
      if (move !== undefined) expect([move.from, move.end]).to.deep.equal([range.shard, end]);
      return { ...range, id: `n${++id}`, start, end, slices, shard: move?.to ?? range.shard };
    });
  });
  const joined: BalanceRange[] = [];
  for (const range of split) {
    const last = joined.at(-1);
    if (!merges.includes(range.start)) joined.push(range);
    else joined[joined.length - 1] = { ...last!, end: range.end, slices: [...last!.slices, ...range.slices] };
  }
  return joined;
}

const sum = (slices: readonly Slice[], of: keyof Slice): number => slices.reduce((total, slice) => total + slice[of], 0);
const ofShard = (ranges: readonly BalanceRange[], shard: string, of: keyof Slice): number =>
  ranges.filter((range) => range.shard === shard).reduce((total, { slices }) => total + sum(slices, of), 0);
const plan = (
  shards: readonly BalanceShard[],
  ranges: readonly BalanceRange[],
  policy: BalancePolicy = POLICY,
  keys: Parameters<typeof planBalance>[0]['keys'] = [],
): BalancePlan => planBalance({ shards, ranges, keys, policy });
const isNothing = ({ splits, moves, merges }: BalancePlan): boolean => splits.length + moves.length + merges.length === 0;

/** Up to six shards of any number of ranges, of which the larger can be divided finely. */
const databases = fc
  .tuple(
    fc.integer({ min: 2, max: 6 }),
    fc.array(fc.record({ at: fc.nat(), mib: fc.integer({ min: 0, max: 200 }) }), { minLength: 1, maxLength: 40 }),
  )
  .map(([count, layout]) => {
    const total = layout.reduce((all, { mib }) => all + mib * MIB, 0);
    const sliceBytes = Math.max(MIB / 64, total / count / 64);
    const ranges = rangesOf(
      layout.map(({ at, mib }) => {
        const slices = Math.max(1, Math.ceil((mib * MIB) / sliceBytes));
        return {
          shard: `s${1 + (at % count)}`,
          slices: Array.from({ length: slices }, () => ({ bytes: (mib * MIB) / slices, load: 0 })),
        };
      }),
    );
    return { shards: shardsOf(count), ranges, total };
  });

describe(`a plan to balance (PANDA_SEED=${SEED})`, () => {
  it('makes all shards even within the tolerance, moves little more than has to move, and leaves nothing to plan', () => {
    fc.assert(
      fc.property(databases, ({ shards, ranges, total }) => {
        const planned = plan(shards, ranges);
        const after = carriedOut(ranges, planned);
        const mean = total / shards.length;
        let excess = 0;
        for (const { id } of shards) {
          excess += Math.max(0, ofShard(ranges, id, 'bytes') - mean);
          expect(Math.abs(ofShard(after, id, 'bytes') - mean)).to.be.at.most(Math.max(0.1 * mean, MIB));
        }
        const moved = planned.moves.reduce((all, { bytes }) => all + bytes, 0);
        expect(moved).to.be.at.most(1.1 * excess + MIB);
        expect(isNothing(plan(shards, after))).to.equal(true);
      }),
      { numRuns: 200 },
    );
  });

  it('is nothing for shards that are even within the tolerance, and for so little that it does not matter', () => {
    const three = [64, 68, 60].map((mib, at) => ({ shard: `s${at + 1}`, slices: [{ bytes: mib * MIB, load: 100 }] }));
    expect(isNothing(plan(shardsOf(3), rangesOf(three)))).to.equal(true);
    const little = [{ shard: 's1', slices: Array.from({ length: 9 }, () => ({ bytes: 100 * KIB, load: 0 })) }];
    expect(isNothing(plan(shardsOf(3), rangesOf(little)))).to.equal(true);
  });

  it('gives a fourth shard a fourth, from each of three full ones', () => {
    const slices = Array.from({ length: 64 }, () => ({ bytes: MIB, load: 0 }));
    const ranges = rangesOf(['s1', 's2', 's3'].map((shard) => ({ shard, slices })));
    const { moves, splits } = plan(shardsOf(4), ranges);
    expect(moves.map(({ from, to, bytes }) => [from, to, Math.round(bytes / MIB)])).to.have.deep.members([
      ['s1', 's4', 16],
      ['s2', 's4', 16],
      ['s3', 's4', 16],
    ]);
    expect(splits.length).to.equal(3);
  });

  it('brings a shard no more than it has room for, and the others share the rest', () => {
    const slices = Array.from({ length: 128 }, () => ({ bytes: MIB, load: 0 }));
    const shards = [...shardsOf(2), { id: 's3', isDraining: false, bytesMax: 8 * MIB }];
    const ranges = rangesOf([{ shard: 's1', slices }]);
    const after = carriedOut(ranges, plan(shards, ranges));
    expect(ofShard(after, 's3', 'bytes')).to.be.within(7 * MIB, 8 * MIB);
    expect(ofShard(after, 's2', 'bytes')).to.be.within(54 * MIB, 66 * MIB);
    expect(isNothing(plan(shards, after))).to.equal(true);
  });

  it('empties a shard that is drained, and leaves alone what moves already', () => {
    const shards = [{ id: 's1', isDraining: true, bytesMax: Infinity }, ...shardsOf(3).slice(1)];
    const [a, b, c] = rangesOf(['s1', 's1', 's2'].map((shard) => ({ shard, slices: [{ bytes: 4 * MIB, load: 0 }] })));
    const moves = plan(shards, [a!, { ...b!, isFixed: true }, c!]).moves.map(({ range, to }) => `${range} ${to}`);
    expect(moves).to.deep.equal(['r1 s3']);
  });

  it('divides what is asked for too much, and keeps the bytes even', () => {
    const cold = Array.from({ length: 32 }, () => ({ bytes: MIB, load: 10 }));
    const hot = cold.map((slice, at) => (at >= 8 && at < 16 ? { ...slice, load: 2_000 } : slice));
    const ranges = rangesOf([{ shard: 's1', slices: hot }, ...['s2', 's3', 's4'].map((shard) => ({ shard, slices: cold }))]);
    const shards = shardsOf(4);
    const after = carriedOut(ranges, plan(shards, ranges));
    for (const { id } of shards) {
      expect(ofShard(after, id, 'load')).to.be.at.most(1.3 * (17_200 / 4));
      expect(ofShard(after, id, 'bytes')).to.be.within(0.9 * 32 * MIB, 1.1 * 32 * MIB);
    }
    expect(isNothing(plan(shards, after))).to.equal(true);
  });

  it('tells of a key that alone is too hot, gives the rest of its shard to others, and then lets it be', () => {
    const cold = Array.from({ length: 32 }, () => ({ bytes: MIB, load: 50 }));
    const hot = cold.map((slice, at) => (at === 8 ? { ...slice, load: 20_000 } : slice));
    const ranges = rangesOf([{ shard: 's1', slices: hot }, ...['s2', 's3'].map((shard) => ({ shard, slices: cold }))]);
    const keys = [
      { key: 'hot', shard: 's1', load: 20_000 },
      { key: 'warm', shard: 's1', load: 800 },
    ];
    const planned = plan(shardsOf(3), ranges, POLICY, keys);
    expect(planned.hotKeys.map(({ key }) => key)).to.deep.equal(['hot']);
    expect(isNothing(plan(shardsOf(3), carriedOut(ranges, planned), POLICY, keys))).to.equal(true);
  });

  it('divides a range that is too large, and joins small neighbours, and not the same ones in turn', () => {
    const slices = Array.from({ length: 64 }, () => ({ bytes: MIB, load: 0 }));
    const small = Array.from({ length: 10 }, () => ({ shard: 's2', slices: [{ bytes: 300 * KIB, load: 1 }] }));
    const ranges = rangesOf([{ shard: 's1', slices }, ...small, { shard: 's2', slices }]);
    const policy = { ...DEFAULT_BALANCE_POLICY, rangeBytesMax: 20 * MIB };
    const planned = plan(shardsOf(2), ranges, policy);
    expect(planned.moves).to.deep.equal([]);
    const after = carriedOut(ranges, planned);
    expect(after.map(({ slices: each }) => sum(each, 'bytes') / MIB)).to.satisfy((all: number[]) =>
      all.every((one) => one <= 20),
    );
    expect(after.length).to.equal(4 + 4 + 4);
    expect(isNothing(plan(shardsOf(2), after, policy))).to.equal(true);
  });

  it('takes little time for many ranges', () => {
    const layout = Array.from({ length: 100_000 }, (_, at) => ({ shard: `s${1 + (at % 3)}`, slices: [{ bytes: MIB, load: 0 }] }));
    const start = process.cpuUsage();
    const { moves, isPartial } = plan(shardsOf(4), rangesOf(layout));
    expect(isPartial).to.equal(true);
    expect(moves.length).to.be.within(1_000, 1_100);
    expect(process.cpuUsage(start).user / 1_000).to.be.below(10_000);
  });
});
