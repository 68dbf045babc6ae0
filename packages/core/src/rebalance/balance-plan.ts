import type { Key, Span } from '../keys/index.js';
import type { BalanceInput, BalanceRange, KeyLoad } from './balance-input.js';
import type { BalancePolicy } from './balance-policy.js';
import { BalanceState, type Run } from './balance-state.js';

export interface PlannedMove extends Span {
  /** Id of the range that holds it before any split. */
  readonly range: string;
  readonly from: string;
  readonly to: string;
  readonly bytes: number;
  readonly load: number;
}

/** What a shard has, and what it will have. */
export interface PlannedShard {
  readonly id: string;
  readonly bytes: number;
  readonly load: number;
  readonly bytesAfter: number;
  readonly loadAfter: number;
}

export interface BalancePlan {
  /** Where ranges are divided, first of all. */
  readonly splits: readonly Key[];
  readonly moves: readonly PlannedMove[];
  /** Where ranges begin that are joined to those before them, at the end. */
  readonly merges: readonly Key[];
  /** Keys that alone are asked for more than a shard should be: no split can help. */
  readonly hotKeys: readonly KeyLoad[];
  readonly shards: readonly PlannedShard[];
  /** There is more to move than one plan has: another is to follow. */
  readonly isPartial: boolean;
}

const STEPS_MAX = 1_000;
/** What is uneven is brought within this part of the tolerance, so that it stays even for a while. */
const REST = 0.2;
const TOGETHER_MAX = 100;
/** Twice of what is wanted would only change sides. */
const TOO_MUCH = 1.9;

/**
 * Plans how shards get even, first by bytes, then by load: the fullest gives to the emptiest what it has too much or what the other
 * lacks, whichever is less, in few pieces. Nothing is planned for shards that are even within the tolerance (hysteresis), and by load
 * nothing that would make bytes uneven.
 */
export function planBalance({ shards, ranges, keys, policy }: BalanceInput): BalancePlan {
  const state = new BalanceState(shards, ranges, policy);
  const before = shards.map(({ id }) => ({ id, bytes: state.bytesOf(id), load: state.loadOf(id) }));
  let steps = 0;
  const step = (next: (state: BalanceState, policy: BalancePolicy) => number): void => {
    for (let taken = 1; taken > 0 && steps < STEPS_MAX; steps += taken) taken = next(state, policy);
  };
  step(emptyDraining);
  if (state.isUnevenByBytes()) step(evenBytes);
  if (state.isUnevenByLoad()) step(evenLoad);
  return {
    ...piecesOf(ranges, state, policy),
    hotKeys: keys.filter(({ load }) => state.isTooMuchLoad(load)),
    shards: before.map((shard) => ({ ...shard, bytesAfter: state.bytesOf(shard.id), loadAfter: state.loadOf(shard.id) })),
    isPartial: steps >= STEPS_MAX,
  };
}

/** A range of a shard that is drained goes to the shard that lacks most. */
function emptyDraining(state: BalanceState): number {
  for (const shard of state.draining) {
    for (const whole of state.wholesOf(shard)) {
      const to = state.emptiest(whole.bytes);
      if (to === undefined) continue;
      state.give(whole, to);
      return 1;
    }
  }
  return 0;
}

function evenBytes(state: BalanceState, { tolerance }: BalancePolicy): number {
  for (const from of state.fullestFirst()) {
    const excess = -state.lackOf(from);
    const to = state.emptiest(0);
    if (to === undefined || to === from || excess <= 0) return 0;
    const lack = state.lackOf(to);
    const rest = REST * tolerance * state.bytesMean;
    if (lack <= rest && excess <= rest) return 0;
    const wanted = Math.min(excess, lack);
    const run = best(edgeRuns(state, from, wanted), (each) => worthOfBytes(state, each, from, to, wanted));
    if (run === undefined) continue;
    state.give(run, to);
    return 1 + (run.isWhole ? giveMore(state, from, to, wanted - run.bytes) : 0);
  }
  return 0;
}

/** What fits of the other ranges: where there are many small ones, they go together. */
function giveMore(state: BalanceState, from: string, to: string, bytesMax: number): number {
  let given = 0;
  let left = bytesMax;
  for (const whole of state.wholesOf(from)) {
    if (given === TOGETHER_MAX) break;
    if (whole.bytes === 0 || whole.bytes > left) continue;
    state.give(whole, to);
    left -= whole.bytes;
    given++;
  }
  return given;
}

/** Whole ranges that fit, and as much as fits of both ends of others. A little too much is better than far too little. */
function* edgeRuns(state: BalanceState, shard: string, bytesMax: number): Generator<Run> {
  for (const whole of state.wholesOf(shard)) {
    if (whole.bytes === 0) continue;
    if (whole.bytes <= bytesMax) yield whole;
    else for (const isHead of [true, false]) yield state.edge(whole, bytesMax, isHead);
  }
}

/** Most for what brings most of the bytes wanted, some more for a whole range, and some for load that makes both sides more even. */
function worthOfBytes(state: BalanceState, run: Run, from: string, to: string, wanted: number): number {
  if (run.bytes === 0 || run.bytes > TOO_MUCH * wanted) return 0;
  const fit = 1 - Math.abs(wanted - run.bytes) / wanted;
  const loadWanted = Math.max(0, Math.min(state.loadOf(from) - state.loadMean, state.loadMean - state.loadOf(to)));
  const loadFit = state.loadMean === 0 ? 0 : -Math.abs(loadWanted - run.load) / state.loadMean;
  return Math.max(Number.MIN_VALUE, fit + (run.isWhole ? 0.1 : 0) + 0.2 * Math.max(-1, loadFit));
}

/** The hottest shard that can be helped gives to a cool one, and takes cold bytes for it where bytes would be uneven otherwise. */
function evenLoad(state: BalanceState, { loadTolerance, loadMin }: BalancePolicy): number {
  const { loadMean } = state;
  const gainMin = Math.min(0.05 * loadMean, loadMin);
  for (const from of state.coolestFirst().reverse()) {
    if (state.loadOf(from) - loadMean <= (loadTolerance / 2) * loadMean) return 0;
    for (const to of state.coolestFirst()) {
      const wanted = Math.min(state.loadOf(from) - loadMean, loadMean - state.loadOf(to));
      if (wanted <= 0) break;
      if (shiftLoad(state, { from, to, wanted, gainMin })) return 1;
    }
  }
  return 0;
}

interface LoadStep {
  readonly from: string;
  readonly to: string;
  readonly wanted: number;
  readonly gainMin: number;
}

function shiftLoad(state: BalanceState, step: LoadStep): boolean {
  const { from, to, wanted } = step;
  const hot = best(state.windows(from, wanted), (run) => worthOfLoad(state, run, step));
  if (hot === undefined) return false;
  if (!state.staysEvenByBytes(hot.bytes, from, to)) {
    const cold = best(state.spans(to, hot.bytes), ({ bytes, load }) =>
      isBetter(state, hot.load - load, step) && state.staysEvenByBytes(hot.bytes - bytes, from, to) ? 1 / (1 + load) : 0,
    );
    if (cold === undefined) return shiftLessLoad(state, step);
    state.give(cold, from);
  }
  state.give(hot, to);
  return true;
}

/** As much as can go alone. */
function shiftLessLoad(state: BalanceState, step: LoadStep): boolean {
  const { from, to, wanted } = step;
  const staysEven = ({ bytes }: Run): boolean => state.staysEvenByBytes(bytes, from, to);
  const hot = best(state.windows(from, wanted), (run) => (staysEven(run) ? worthOfLoad(state, run, step) : 0));
  if (hot !== undefined) state.give(hot, to);
  return hot !== undefined;
}

/** Load that would only change sides is of no use. */
function isBetter(state: BalanceState, load: number, { from, to, gainMin }: LoadStep): boolean {
  return load >= gainMin && state.loadOf(to) + load <= state.loadOf(from) - gainMin;
}

/** Most for what brings most of the load wanted with few bytes. */
function worthOfLoad(state: BalanceState, run: Run, step: LoadStep): number {
  if (!isBetter(state, run.load, step)) return 0;
  const fit = 1 - Math.abs(step.wanted - run.load) / step.wanted;
  return Math.max(Number.MIN_VALUE, fit - run.bytes / Math.max(1, state.bytesMean));
}

/** That of most worth; undefined when none has any. */
function best(runs: Iterable<Run>, worthOf: (run: Run) => number): Run | undefined {
  let found: Run | undefined;
  let most = 0;
  for (const run of runs) {
    const worth = worthOf(run);
    if (worth <= most) continue;
    most = worth;
    found = run;
  }
  return found;
}

interface Piece extends Span {
  readonly range: BalanceRange;
  readonly shard: string;
  readonly bytes: number;
  readonly load: number;
}

/** What has become of the ranges: pieces that stay together, none larger than a range is to be. */
function piecesOf(
  ranges: readonly BalanceRange[],
  state: BalanceState,
  { rangeBytesMax, mergeBytesMax, loadMin }: BalancePolicy,
): Pick<BalancePlan, 'splits' | 'moves' | 'merges'> {
  const pieces: Piece[] = [];
  for (const [at, range] of ranges.entries()) {
    for (const run of state.runsOf(at, range.isFixed ? Infinity : rangeBytesMax)) pieces.push({ ...run, range });
  }
  const splits = pieces.filter(({ start, range }) => start !== range.start).map(({ start }) => start);
  const moved = pieces.filter(({ shard, range }) => shard !== range.shard);
  return {
    splits,
    moves: moved.map(({ start, end, range, shard, bytes, load }) => ({
      range: range.id,
      start,
      end,
      from: range.shard,
      to: shard,
      bytes,
      load,
    })),
    merges: mergesOf(pieces, mergeBytesMax, loadMin / 2),
  };
}

/** Where neighbours meet that are small enough to be one. */
function mergesOf(pieces: readonly Piece[], bytesMax: number, loadMax: number): Key[] {
  const merges: Key[] = [];
  let joined: Piece | undefined;
  for (const piece of bytesMax > 0 ? pieces : []) {
    const { shard, range } = piece;
    const together = { bytes: (joined?.bytes ?? 0) + piece.bytes, load: (joined?.load ?? 0) + piece.load };
    const isNeighbour = joined?.shard === shard && !joined.range.isFixed && !range.isFixed;
    if (isNeighbour && together.bytes <= bytesMax && together.load <= loadMax) {
      merges.push(piece.start);
      joined = { ...piece, ...together };
    } else joined = piece;
  }
  return merges;
}
