import type { Engine, KeyRange, RangeEstimate } from '../engine/index.js';
import { keyBytes, toKey, type Key, type Span } from '../keys/index.js';
import { currentRowRange, currentRowSpan, parseHistoryRowKey } from '../rows/index.js';
import type { SlicesRequest, SpanSlice } from './range-transfer.js';
import { rowRangesOf } from './row-export.js';
import { SCAN_BYTES_MAX, SCAN_ROWS_MAX } from './scan-limits.js';

/** Slices are first cut so much smaller than wanted, as it is not known yet how much history each has. */
const FINE = 8;
/** How often a span is halved at most. */
const DEPTH_MAX = 40;
/** How many bytes of a key are looked at when the middle between two keys is sought. */
const DIGITS = 6;

interface Slice {
  readonly start: Key;
  rows: number;
  bytes: number;
}

/** Divides a span in slices of about so many bytes each: by reading it, which is exact, or by the engine's estimates. */
export async function slicesOf(engine: Engine, { span, sliceBytes, isExact }: SlicesRequest): Promise<SpanSlice[]> {
  return isExact ? await readSlices(engine, span, sliceBytes) : await estimateSlices(engine, span, sliceBytes);
}

/** About how many rows a shard keeps of a span, and their bytes. */
export async function estimateSpan(engine: Engine, span: Span): Promise<RangeEstimate> {
  const estimates = await Promise.all(rowRangesOf(span).map(async (range) => await engine.estimate(range)));
  return estimates.reduce((sum, { keys, bytes }) => ({ keys: sum.keys + keys, bytes: sum.bytes + bytes }));
}

async function readSlices(engine: Engine, span: Span, sliceBytes: number): Promise<SpanSlice[]> {
  const [current, history] = rowRangesOf(span);
  const fine: Slice[] = [{ start: span.start, rows: 0, bytes: 0 }];
  for await (const [rowKey, row] of rowsOf(engine, current!)) {
    let last = fine.at(-1)!;
    if (last.bytes >= sliceBytes / FINE) fine.push((last = { start: userKeyOf(rowKey), rows: 0, bytes: 0 }));
    add(last, rowKey.length + row.length);
  }
  let at = 0;
  for await (const [rowKey, row] of rowsOf(engine, history!)) {
    const { key } = parseHistoryRowKey(rowKey);
    while (at + 1 < fine.length && fine[at + 1]!.start <= key) at++;
    add(fine[at]!, rowKey.length + row.length);
  }
  return joined(fine, sliceBytes);
}

async function* rowsOf(engine: Engine, rows: KeyRange): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
  for (let rest: KeyRange | undefined = rows; rest !== undefined;) {
    const page: Awaited<ReturnType<Engine['scan']>> = await engine.scan(rest, {
      limit: SCAN_ROWS_MAX,
      maxBytes: SCAN_BYTES_MAX,
    });
    yield* page.entries;
    rest = page.rest;
  }
}

function add(slice: Slice, bytes: number): void {
  slice.rows++;
  slice.bytes += bytes;
}

/** Neighbours go together as long as they are not more than wanted. */
function joined(fine: readonly Slice[], sliceBytes: number): Slice[] {
  const slices: Slice[] = [];
  for (const { start, rows, bytes } of fine) {
    const last = slices.at(-1);
    if (last === undefined || last.bytes + bytes > sliceBytes) slices.push({ start, rows, bytes });
    else {
      last.rows += rows;
      last.bytes += bytes;
    }
  }
  return slices;
}

/** The parts of what is halved are estimated by themselves; their sum is brought to the estimate of the whole. */
async function estimateSlices(engine: Engine, span: Span, sliceBytes: number): Promise<SpanSlice[]> {
  const whole = await estimateSpan(engine, span);
  const slices: Slice[] = [];
  await halve(engine, span, whole, { sliceBytes, slices, depth: 0 });
  const sum = slices.reduce((total, { bytes }) => total + bytes, 0);
  const scale = sum === 0 ? 1 : whole.bytes / sum;
  return slices.map(({ start, rows, bytes }) => ({ start, rows: Math.round(rows * scale), bytes: bytes * scale }));
}

interface Halving {
  readonly sliceBytes: number;
  readonly slices: Slice[];
  readonly depth: number;
}

async function halve(engine: Engine, span: Span, { keys, bytes }: RangeEstimate, halving: Halving): Promise<void> {
  const { sliceBytes, slices, depth } = halving;
  const middle = bytes <= sliceBytes || depth === DEPTH_MAX ? undefined : await middleOf(engine, span);
  if (middle === undefined) {
    slices.push({ start: span.start, rows: keys, bytes });
    return;
  }
  for (const half of [
    { start: span.start, end: middle },
    { start: middle, end: span.end },
  ]) {
    await halve(engine, half, await estimateSpan(engine, half), { ...halving, depth: depth + 1 });
  }
}

/** A key about half-way between the first and the last of a span; undefined where it has not two. */
async function middleOf(engine: Engine, span: Span): Promise<Key | undefined> {
  const rows = currentRowRange(span);
  const [first, last] = await Promise.all([endOf(engine, rows, false), endOf(engine, rows, true)]);
  if (first === undefined || last === undefined || first === last) return undefined;
  const shared = sharedLength(first, last);
  const low = digitsOf(first, shared);
  const high = digitsOf(last, shared);
  const middle = Math.ceil((low + high) / 2);
  const digits = Buffer.alloc(DIGITS);
  digits.writeUIntBE(middle, 0, DIGITS);
  const key = first.slice(0, shared) + toKey(digits).replace(/\0+$/, '');
  return key > first && key <= last ? key : last;
}

async function endOf(engine: Engine, rows: KeyRange, reverse: boolean): Promise<Key | undefined> {
  const page = await engine.scan(rows, { limit: 1, maxBytes: SCAN_BYTES_MAX, reverse });
  const entry = page.entries[0];
  return entry === undefined ? undefined : userKeyOf(entry[0]);
}

function sharedLength(one: Key, other: Key): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return length;
}

function digitsOf(key: Key, from: number): number {
  const digits = Buffer.alloc(DIGITS);
  digits.set(keyBytes(key).subarray(from, from + DIGITS));
  return digits.readUIntBE(0, DIGITS);
}

function userKeyOf(rowKey: Uint8Array): Key {
  return currentRowSpan({ start: rowKey }).start;
}
