import type { Timestamp } from '../clock/index.js';
import { isPromise, type Engine, type Entry } from '../engine/index.js';
import { invariant } from '../errors/index.js';
import { keyAfter, type Span } from '../keys/index.js';
import { currentRowRange, decodeStamped, type IdentityRow } from '../rows/index.js';
import type { RangeRoute, Shard } from '../shard/index.js';
import {
  ALL_MEMBERS,
  ALL_RANGES,
  decodeMemberRecord,
  decodeRangeRecord,
  rangeRecordKey,
  rangeRecordSpan,
  type Member,
} from './catalog-records.js';
import { Catalog } from './catalog.js';
import type { RangeDescriptor } from './range-descriptor.js';
import type { SystemGate } from './system-gate.js';

/** The one range of the system shard. */
export const SYSTEM_RANGE = 'catalog';
const ROUTES: readonly RangeRoute[] = Object.freeze([{ id: SYSTEM_RANGE, epoch: 1 }]);
const PAGE_ROWS = 4_096;
const PAGE_BYTES = 1024 * 1024;

const ID_PREFIX = 'catalog@';

/** The id of the system shard that lies in a shard's engine. No shard of a user's has an `@` in its id. */
export function systemShardId(host: string): string {
  return ID_PREFIX + host;
}

/** Whether an id is that of the system shard, here or in an earlier place. */
export function isSystemShardId(id: string): boolean {
  return id.startsWith(ID_PREFIX);
}

/** What the system shard's store says that it is. */
export function systemIdentity(database: string, host: string): IdentityRow {
  const shard = systemShardId(host);
  return { database, shard, layout: [{ id: SYSTEM_RANGE, start: '', end: undefined, shard }] };
}

/** The catalog of the system shard's keyspace itself, which never changes. */
export function systemCatalog(shard: string): Catalog {
  return new Catalog([{ id: SYSTEM_RANGE, start: '', end: undefined, epoch: 1, shard }]);
}

/** Reads the catalog where it is kept. */
export class SystemShard {
  readonly #shard: () => Shard;
  readonly #gate: SystemGate;
  readonly #now: () => Timestamp;

  /**
   * @param shard the system shard, where it is by now
   * @param now a timestamp above that of every commit whose answer has come.
   */
  constructor(shard: () => Shard, gate: SystemGate, now: () => Timestamp) {
    this.#shard = shard;
    this.#gate = gate;
    this.#now = now;
  }

  /** The ranges that hold any key of a span, in key order. */
  rangesOf(span: Span): Promise<RangeDescriptor[]> {
    return this.#gate.pass(() => this.#rangesOf(span));
  }

  async #rangesOf({ start, end }: Span): Promise<RangeDescriptor[]> {
    const timestamp = this.#now();
    const before = { start: ALL_RANGES.start, end: keyAfter(rangeRecordKey(start)) };
    const ranges: RangeDescriptor[] = [];
    for await (const entry of this.#entries(before, timestamp, 1, true)) {
      ranges.push(decodeRangeRecord(entry[0], entry[1]));
      break;
    }
    invariant(ranges.length === 1, 'the catalog has a range for every key');
    if (end !== undefined && end <= keyAfter(start)) return ranges;
    for await (const entry of this.#entries(rangeRecordSpan({ start: keyAfter(start), end }), timestamp)) {
      ranges.push(decodeRangeRecord(entry[0], entry[1]));
    }
    return ranges;
  }

  /** All ranges, in key order; none where the catalog was not written yet. */
  async allRanges(): Promise<RangeDescriptor[]> {
    const ranges: RangeDescriptor[] = [];
    // By pages: there may be a million.
    for await (const page of this.#pages(ALL_RANGES, this.#now())) {
      for (const [key, value] of page) ranges.push(decodeRangeRecord(key, value));
    }
    return ranges;
  }

  /** The shards of the database. */
  members(): Promise<Member[]> {
    return this.#gate.pass(() => this.#members());
  }

  async #members(): Promise<Member[]> {
    const members: Member[] = [];
    for await (const [key, value] of this.#entries(ALL_MEMBERS, this.#now())) members.push(decodeMemberRecord(key, value));
    return members;
  }

  async *#entries(span: Span, timestamp: Timestamp, limit?: number, reverse?: boolean): AsyncGenerator<Entry> {
    for await (const page of this.#pages(span, timestamp, limit, reverse)) yield* page;
  }

  async *#pages(span: Span, timestamp: Timestamp, limit = PAGE_ROWS, reverse = false): AsyncGenerator<readonly Entry[]> {
    let rest: Span | undefined = span;
    while (rest !== undefined) {
      const request = { routes: ROUTES, span: rest, timestamp, limit, maxBytes: PAGE_BYTES, reverse };
      const answer = this.#shard().scan(request);
      const page: Awaited<typeof answer> = isPromise(answer) ? await answer : answer;
      yield page.entries;
      rest = page.rest;
    }
  }
}

/** The shards of the database by the rows in the engine of the system shard, before anybody leads it; none where it holds no catalog. */
export async function readMembers(system: Engine): Promise<Member[]> {
  const page = await system.scan(currentRowRange(ALL_MEMBERS), { limit: Infinity, maxBytes: Infinity });
  return page.entries.map(([rowKey, row]) => {
    const { value } = decodeStamped(rowKey, row);
    return decodeMemberRecord(rowKey.subarray(1), value);
  });
}
