import type { Timestamp } from '../clock/index.js';
import { chain, isPromise, type MaybePromise } from '../engine/index.js';
import type { KeyHistory } from './key-history.js';
import type { Lease } from './lease.js';
import type { LoadSamples } from './load-samples.js';
import type { OwnedRanges } from './owned-ranges.js';
import type { PointReads } from './point-reads.js';
import type { RangeReads } from './range-reads.js';
import type {
  HistoryRequest,
  WatchRequest,
  HistoryResult,
  LatestTimestampRequest,
  RangeRoute,
  ReadRequest,
  ScanRequest,
  ScanResult,
} from './shard.js';
import type { Thresholds } from './thresholds.js';
import type { Watches } from './watches.js';
import type { Version } from './version.js';

export interface ServedReadsParts {
  readonly ranges: OwnedRanges;
  readonly lease: Lease;
  readonly thresholds: Thresholds;
  readonly points: PointReads;
  readonly spans: RangeReads;
  readonly histories: KeyHistory;
  readonly watches: Watches;
  readonly load: LoadSamples;
  /** Throws when the leader has stopped. */
  readonly check: () => void;
}

/** What every read must pass: it names ranges that are owned here, at a timestamp that the lease covers and versions are kept for. */
export class ServedReads {
  readonly #parts: ServedReadsParts;

  constructor(parts: ServedReadsParts) {
    this.#parts = parts;
  }

  read(request: ReadRequest): MaybePromise<readonly Version[]> {
    const { check, lease, load, points, ranges, thresholds } = this.#parts;
    check();
    const changing = ranges.obstacle(request.routes);
    if (changing !== undefined) return changing.then(() => this.read(request));
    ranges.check(request.routes, request.keys);
    if (request.latest !== true) thresholds.check(request.timestamp, request.keys);
    load.count(request.keys);
    const admitted = lease.admit(request.timestamp);
    const read = isPromise(admitted) ? admitted.then(() => points.read(request)) : points.read(request);
    if (!isPromise(read)) return read;
    return read.then((versions) => {
      if (request.latest !== true) thresholds.check(request.timestamp, request.keys);
      return this.#served(request.routes, versions);
    });
  }

  scan(request: ScanRequest): MaybePromise<ScanResult> {
    const { check, lease, load, ranges, spans, thresholds } = this.#parts;
    check();
    const changing = ranges.obstacle(request.routes);
    if (changing !== undefined) return changing.then(() => this.scan(request));
    ranges.check(request.routes, [], [request.span]);
    thresholds.checkSpan(request.timestamp, request.span);
    load.countScan(request.span.start);
    const scan = chain(lease.admit(request.timestamp), () => spans.scan(request));
    if (!isPromise(scan)) return scan;
    return scan.then((result) => {
      thresholds.checkSpan(request.timestamp, request.span);
      return this.#served(request.routes, result);
    });
  }

  async latestTimestamp(request: LatestTimestampRequest): Promise<Timestamp> {
    await this.#unchanging(request.routes);
    this.#parts.ranges.check(request.routes, [], [request.span]);
    return this.#served(request.routes, await this.#parts.spans.latestTimestamp(request.span));
  }

  async watch(request: WatchRequest): Promise<Timestamp | undefined> {
    await this.#unchanging(request.routes);
    this.#parts.ranges.check(request.routes, [request.key]);
    if (request.asOf !== undefined) await this.#parts.lease.admit(request.asOf);
    return this.#served(request.routes, await this.#parts.watches.watch(request));
  }

  async history(request: HistoryRequest): Promise<HistoryResult> {
    await this.#unchanging(request.routes);
    this.#parts.ranges.check(request.routes, [request.key]);
    return this.#served(request.routes, await this.#parts.histories.page(request));
  }

  /** Resolves when none of the ranges is about to change. */
  async #unchanging(routes: readonly RangeRoute[]): Promise<void> {
    for (;;) {
      this.#parts.check();
      const changing = this.#parts.ranges.obstacle(routes);
      if (changing === undefined) return;
      await changing;
    }
  }

  /** A range that went while its rows were read may have lost some of them by then. */
  #served<T>(routes: readonly RangeRoute[], answer: T): T {
    const { ranges } = this.#parts;
    if (!ranges.stillOwns(routes)) ranges.check(routes, []);
    return answer;
  }
}
