import { invariant } from '../errors/index.js';
import type { Span } from '../keys/index.js';
import type { BalanceRange, BalanceShard } from './balance-input.js';
import type { BalancePolicy } from './balance-policy.js';

/** Neighbouring slices of one range on one shard: from one slice to before another. */
export interface Run {
  /** Index of the range. */
  readonly range: number;
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly load: number;
  /** All that the shard has of the range. */
  readonly isWhole: boolean;
}

interface Held {
  bytes: number;
  load: number;
  /** About how many bytes it is to have. */
  share: number;
  readonly bytesMax: number;
  /** Indexes of ranges of which it has any slice. */
  readonly ranges: Set<number>;
}

/** Which shard has which slices while a plan is made, and what that comes to. */
export class BalanceState {
  readonly #ranges: readonly BalanceRange[];
  readonly #policy: BalancePolicy;
  readonly #shards = new Map<string, Held>();
  /** Shards that take ranges. */
  readonly #takers: readonly string[];
  /** All of each range, as it was at first. */
  readonly #untouched: readonly Run[];
  /** By range, the shard of each slice; only for ranges that are not with their shard any more. */
  readonly #places = new Map<number, string[]>();
  readonly draining: readonly string[];
  readonly bytesMean: number;
  readonly loadMean: number;

  constructor(shards: readonly BalanceShard[], ranges: readonly BalanceRange[], policy: BalancePolicy) {
    this.#ranges = ranges;
    this.#policy = policy;
    for (const { id, bytesMax } of shards) this.#shards.set(id, { bytes: 0, load: 0, share: 0, bytesMax, ranges: new Set() });
    this.#untouched = ranges.map(({ slices }, range) => {
      return { range, from: 0, to: slices.length, ...sumOf(slices), isWhole: true };
    });
    for (const [at, range] of ranges.entries()) {
      const held = this.#held(range.shard);
      const { bytes, load } = this.#untouched[at]!;
      held.bytes += bytes;
      held.load += load;
      if (!range.isFixed) held.ranges.add(at);
    }
    this.draining = shards.flatMap(({ id, isDraining }) => (isDraining ? [id] : []));
    this.#takers = shards.flatMap(({ id, isDraining }) => (isDraining ? [] : [id]));
    const all = sumOf(this.#shards.values());
    this.bytesMean = all.bytes / Math.max(1, this.#takers.length);
    this.loadMean = all.load / Math.max(1, this.#takers.length);
    this.#share(all.bytes);
  }

  bytesOf(shard: string): number {
    return this.#held(shard).bytes;
  }

  loadOf(shard: string): number {
    return this.#held(shard).load;
  }

  /** How many bytes the shard has less than it is to have. */
  lackOf(shard: string): number {
    const { share, bytes } = this.#held(shard);
    return share - bytes;
  }

  isUnevenByBytes(): boolean {
    return this.#takers.some((shard) => this.#isOff(shard, this.bytesOf(shard)));
  }

  isUnevenByLoad(): boolean {
    return this.#takers.some((shard) => this.isTooMuchLoad(this.loadOf(shard)));
  }

  /** Whether so many requests a second are more than a shard should have. */
  isTooMuchLoad(load: number): boolean {
    const { loadTolerance, loadMin } = this.#policy;
    return load - this.loadMean > Math.max(loadTolerance * this.loadMean, loadMin) && this.#takers.length > 1;
  }

  staysEvenByBytes(bytes: number, from: string, to: string): boolean {
    const after = this.bytesOf(to) + bytes;
    return !this.#isOff(from, this.bytesOf(from) - bytes) && !this.#isOff(to, after) && after <= this.#held(to).bytesMax;
  }

  fullestFirst(): string[] {
    return [...this.#takers].sort((a, b) => this.lackOf(a) - this.lackOf(b));
  }

  /** The shard that lacks most of those that have room for so many bytes more. */
  emptiest(bytes: number): string | undefined {
    return this.fullestFirst()
      .reverse()
      .find((shard) => this.bytesOf(shard) + bytes <= this.#held(shard).bytesMax);
  }

  coolestFirst(): string[] {
    return [...this.#takers].sort((a, b) => this.loadOf(a) - this.loadOf(b));
  }

  /** What a shard has of each range that may move. */
  *wholesOf(shard: string): Generator<Run> {
    for (const range of this.#held(shard).ranges) {
      if (!this.#places.has(range)) yield this.#untouched[range]!;
      else for (const run of this.#runs(range)) if (run.shard === shard) yield run;
    }
  }

  /** The end of a run that has about so many bytes: its head or its tail. */
  edge(run: Run, bytesMax: number, isHead: boolean): Run {
    const { slices } = this.#ranges[run.range]!;
    let { from, to } = run;
    let bytes = 0;
    let load = 0;
    for (let at = isHead ? from : to - 1; at >= from && at < to; at += isHead ? 1 : -1) {
      const slice = slices[at]!;
      // The last one only if that is nearer to what is wanted.
      if (bytes + slice.bytes / 2 > bytesMax) {
        if (isHead) to = at;
        else from = at + 1;
        break;
      }
      bytes += slice.bytes;
      load += slice.load;
    }
    return { range: run.range, from, to, bytes, load, isWhole: from === run.from && to === run.to };
  }

  /** Neighbouring slices of a shard that together have up to about so much load, and begin where there is some. */
  windows(shard: string, loadMax: number): Generator<Run> {
    return this.#windows(shard, 'load', loadMax);
  }

  /** The same for bytes. */
  spans(shard: string, bytesMax: number): Generator<Run> {
    return this.#windows(shard, 'bytes', bytesMax);
  }

  *#windows(shard: string, of: 'bytes' | 'load', sumMax: number): Generator<Run> {
    for (const whole of this.wholesOf(shard)) {
      const { slices } = this.#ranges[whole.range]!;
      for (let from = whole.from; from < whole.to; from++) {
        if (slices[from]![of] === 0) continue;
        const sum = { bytes: 0, load: 0 };
        for (let to = from + 1; to <= whole.to && sum[of] < sumMax; to++) {
          sum.bytes += slices[to - 1]!.bytes;
          sum.load += slices[to - 1]!.load;
          yield { range: whole.range, from, to, ...sum, isWhole: from === whole.from && to === whole.to };
        }
      }
    }
  }

  give({ range, from, to, bytes, load }: Run, shard: string): void {
    const { shard: home, slices } = this.#ranges[range]!;
    let places = this.#places.get(range);
    if (places === undefined) this.#places.set(range, (places = slices.map(() => home)));
    const before = places[from]!;
    const giver = this.#held(before);
    const taker = this.#held(shard);
    places.fill(shard, from, to);
    giver.bytes -= bytes;
    giver.load -= load;
    taker.bytes += bytes;
    taker.load += load;
    if (!places.includes(before)) giver.ranges.delete(range);
    taker.ranges.add(range);
  }

  /** The pieces of a range by the shards that have them, none of them larger than that if it can be divided. */
  *runsOf(range: number, bytesMax: number): Generator<Span & { shard: string; bytes: number; load: number }> {
    const { slices, end } = this.#ranges[range]!;
    for (const run of this.#runs(range)) {
      const parts = Math.ceil(run.bytes / bytesMax);
      for (let rest: Run = run, left = parts; rest.from < rest.to; left--) {
        const part = left <= 1 ? rest : this.edge(rest, rest.bytes / left, true);
        const to = Math.max(part.to, rest.from + 1);
        const { bytes, load } = sumOf(slices.slice(rest.from, to));
        yield { start: slices[rest.from]!.start, end: slices[to]?.start ?? end, shard: run.shard, bytes, load };
        rest = { ...rest, from: to, bytes: rest.bytes - bytes, load: rest.load - load };
      }
    }
  }

  *#runs(range: number): Generator<Run & { shard: string }> {
    const { slices, shard: home } = this.#ranges[range]!;
    const places = this.#places.get(range);
    for (let from = 0, to: number; from < slices.length; from = to) {
      const shard = places?.[from] ?? home;
      to = from + 1;
      while (to < slices.length && (places?.[to] ?? home) === shard) to++;
      yield { range, from, to, ...sumOf(slices.slice(from, to)), isWhole: true, shard };
    }
  }

  #isOff(shard: string, bytes: number): boolean {
    const { tolerance, bytesMin } = this.#policy;
    const { share } = this.#held(shard);
    return Math.abs(bytes - share) > Math.max(tolerance * share, bytesMin);
  }

  /** Equal shares; a shard with less room has what it has room for, and the others share the rest. */
  #share(bytes: number): void {
    const open = new Set(this.#takers);
    for (let rest = bytes; open.size > 0;) {
      const share = rest / open.size;
      const full = [...open].filter((shard) => this.#held(shard).bytesMax < share);
      for (const shard of full) {
        const held = this.#held(shard);
        held.share = held.bytesMax;
        rest -= held.bytesMax;
        open.delete(shard);
      }
      if (full.length > 0) continue;
      for (const shard of open) this.#held(shard).share = share;
      return;
    }
  }

  #held(shard: string): Held {
    const held = this.#shards.get(shard);
    invariant(held !== undefined, 'every range is on a shard of the database', { shard });
    return held;
  }
}

function sumOf(parts: Iterable<{ readonly bytes: number; readonly load: number }>): { bytes: number; load: number } {
  let bytes = 0;
  let load = 0;
  for (const part of parts) {
    bytes += part.bytes;
    load += part.load;
  }
  return { bytes, load };
}
