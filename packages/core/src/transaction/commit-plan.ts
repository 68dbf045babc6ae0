import type { Route, Router } from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import { keyAfter, keyHex, spanHolds, spanIntersection, type Key, type Span } from '../keys/index.js';
import type { RangeChange } from '../rows/index.js';
import { stamped, versionstampOf } from '../shard/index.js';
import type { AtomicOperation, CommitRequest, Precondition, PrepareRequest, RangeRoute, Shard, Stamp } from '../shard/index.js';

/** All that a transaction read and wrote, to be committed. */
export interface CommitWork {
  /** Id of the attempt. */
  readonly transaction: string;
  readonly readTimestamp: Timestamp;
  readonly expiry: Timestamp;
  /** By key: the timestamp of the version seen. */
  readonly readKeys: ReadonlyMap<Key, Timestamp>;
  readonly readSpans: readonly Span[];
  /** Each once. */
  readonly writeKeys: readonly Key[];
  /** For each written key its new value; null deletes. */
  readonly writeValues: readonly (Uint8Array | null)[];
  /** For each written key what is done to its value, or null where `writeValues` says what it becomes. Missing without any. */
  readonly writeOperations?: CommitRequest['writeOperations'];
  /** Where the stamp of the commit is written. Missing without any. */
  readonly stamps?: readonly Stamp[] | undefined;
  /** Told whose clock gives the stamp, if it commits; undefined while that is not known. */
  readonly stampedBy?: ((shard: string | undefined) => void) | undefined;
  /** Spans that others conflict with as if they were written. Missing without any. */
  readonly writeConflicts?: readonly Span[] | undefined;
  readonly preconditions: readonly Precondition[];
  /** By shard: what becomes of the ranges that it owns. */
  readonly rangeChanges?: ReadonlyMap<string, RangeChange> | undefined;
  /** What to go on with after a failure, which is the end without it. */
  afterFailure?(failure: unknown): Promise<Timestamp>;
}

/** A participant and its part of the work. */
export interface Participation {
  readonly shard: Shard;
  readonly request: CommitRequest & Pick<PrepareRequest, 'rangeChange'>;
}

/** Builds one shard's request. */
class RequestBuilder {
  readonly shard: Shard;
  readonly #routes = new Set<RangeRoute>();
  readonly #readKeys: Key[] = [];
  readonly #readVersions: Timestamp[] = [];
  readonly #readSpans: Span[] = [];
  readonly #writeKeys: Key[] = [];
  readonly #writeValues: (Uint8Array | null)[] = [];
  readonly #writeOperations: (readonly AtomicOperation[] | null)[] = [];
  readonly #stamps: Stamp[] = [];
  readonly #preconditions: Precondition[] = [];
  #writeConflicts: Span[] | undefined;

  constructor(shard: Shard) {
    this.shard = shard;
  }

  route(route: Route): this {
    this.#routes.add(route.routes[0]);
    return this;
  }

  read(key: Key, version: Timestamp): void {
    this.#readKeys.push(key);
    this.#readVersions.push(version);
  }

  readSpan(span: Span): void {
    this.#readSpans.push(span);
  }

  write(key: Key, value: Uint8Array | null, operations: readonly AtomicOperation[] | null): void {
    this.#writeKeys.push(key);
    this.#writeValues.push(value);
    this.#writeOperations.push(operations);
  }

  /** Of the key that was written last. */
  stamp(stamp: Stamp): void {
    this.#stamps.push({ ...stamp, at: this.#writeKeys.length - 1 });
  }

  conflict(span: Span): void {
    this.#writeConflicts ??= [];
    this.#writeConflicts.push(span);
  }

  precondition(precondition: Precondition): void {
    this.#preconditions.push(precondition);
  }

  build({ transaction, readTimestamp, expiry, writeOperations, stamps }: CommitWork): CommitRequest {
    return {
      transaction,
      routes: [...this.#routes],
      readTimestamp,
      expiry,
      readKeys: this.#readKeys,
      readVersions: this.#readVersions,
      readSpans: this.#readSpans,
      writeKeys: this.#writeKeys,
      writeValues: this.#writeValues,
      writeOperations: writeOperations === undefined ? undefined : this.#writeOperations,
      stamps: stamps && this.#stamps,
      writeConflicts: this.#writeConflicts,
      preconditions: this.#preconditions,
    };
  }
}

/** The whole work as one request, when it reads and writes keys of one range only: what most commits do. */
function planOneRange(router: Router, work: CommitWork): Participation[] | undefined {
  const { transaction, readTimestamp, expiry, readKeys, readSpans, writeKeys, writeValues, preconditions } = work;
  if (work.rangeChanges !== undefined || work.writeConflicts !== undefined) return undefined;
  if (readSpans.length > 0 || preconditions.length > 0 || writeKeys.length === 0) return undefined;
  const route = router.find(writeKeys[0]!);
  for (let at = 1; at < writeKeys.length; at++) if (router.find(writeKeys[at]!) !== route) return undefined;
  for (const key of readKeys.keys()) if (router.find(key) !== route) return undefined;
  const request: CommitRequest = {
    transaction,
    routes: route.routes,
    readTimestamp,
    expiry,
    readKeys: readKeys.size === 0 ? NONE : [...readKeys.keys()],
    readVersions: readKeys.size === 0 ? NONE : [...readKeys.values()],
    readSpans: NONE,
    writeKeys,
    writeValues,
    writeOperations: work.writeOperations,
    stamps: work.stamps,
    preconditions: NONE,
  };
  return [{ shard: route.shard, request }];
}

const NONE: readonly never[] = [];

/** Divides the work among the shards that it touches. Those that write come first: the first of them becomes the anchor. */
export function planCommit(router: Router, work: CommitWork): Participation[] {
  if (work.stamps !== undefined) checkStampedKeys(router, work, work.stamps);
  return divide(router, work);
}

/** Whatever the stamp will be, the key must lie in the range that its request names. */
function checkStampedKeys(router: Router, { writeKeys, readTimestamp }: CommitWork, stamps: readonly Stamp[]): void {
  for (const { at, part, offset } of stamps) {
    const last = writeKeys[at]!;
    const { range, shard } = router.find(last);
    const first = stamped(last, offset, versionstampOf(readTimestamp, shard.id));
    if (part === 'value' || spanHolds(range, first)) continue;
    throw new PandaError('InvalidArgument', 'A range begins among the keys that a versionstamp may make', { key: keyHex(last) });
  }
}

/** What a participant is asked, one of several. Field by field, as the commit waits for it: a copy of an object takes ten times as long. */
export function prepareOf(request: Participation['request'], anchor: string, participants: readonly string[]): PrepareRequest {
  return {
    transaction: request.transaction,
    routes: request.routes,
    readTimestamp: request.readTimestamp,
    expiry: request.expiry,
    readKeys: request.readKeys,
    readVersions: request.readVersions,
    readSpans: request.readSpans,
    writeKeys: request.writeKeys,
    writeValues: request.writeValues,
    writeOperations: request.writeOperations,
    stamps: request.stamps,
    writeConflicts: request.writeConflicts,
    preconditions: request.preconditions,
    rangeChange: request.rangeChange,
    anchor,
    participants,
  } satisfies Record<keyof PrepareRequest, unknown>;
}

function divide(router: Router, work: CommitWork): Participation[] {
  const whole = planOneRange(router, work);
  if (whole !== undefined) return whole;
  const builders = new Map<string, RequestBuilder>();
  const at = (route: Route): RequestBuilder => {
    let builder = builders.get(route.range.shard);
    if (builder === undefined) builders.set(route.range.shard, (builder = new RequestBuilder(route.shard)));
    return builder.route(route);
  };
  divideWrites(work, (key) => at(router.find(key)));
  for (const { route, span } of piecesOf(router, work.writeConflicts)) at(route).conflict(span);
  for (const [key, version] of work.readKeys) at(router.find(key)).read(key, version);
  for (const { route, span } of piecesOf(router, work.readSpans)) at(route).readSpan(span);
  for (const precondition of work.preconditions) {
    const span = precondition.type === 'unchanged' ? precondition.span : pointOf(precondition.key);
    for (const { route } of router.pieces(span)) at(route).precondition(within(precondition, route));
  }
  const plan: Participation[] = [...builders.values()].map((builder) => ({
    shard: builder.shard,
    request: builder.build(work),
  }));
  for (const [id, rangeChange] of work.rangeChanges ?? []) {
    const shard = router.shard(id);
    plan.push({ shard, request: { ...new RequestBuilder(shard).build(work), rangeChange } });
  }
  return plan;
}

function divideWrites({ stamps, writeKeys, writeOperations, writeValues }: CommitWork, at: (key: Key) => RequestBuilder): void {
  const stampAt = stamps && new Map(stamps.map((stamp) => [stamp.at, stamp]));
  for (const [i, key] of writeKeys.entries()) {
    const builder = at(key);
    builder.write(key, writeValues[i]!, writeOperations?.[i] ?? null);
    const stamp = stampAt?.get(i);
    if (stamp !== undefined) builder.stamp(stamp);
  }
}

function piecesOf(router: Router, spans: readonly Span[] = NONE): { route: Route; span: Span }[] {
  return spans.flatMap((span) => router.pieces(span));
}

function within(precondition: Precondition, route: Route): Precondition {
  if (precondition.type !== 'unchanged') return precondition;
  return { ...precondition, span: spanIntersection(precondition.span, route.range) };
}

/** The spans of the ranges that the work touches. */
export function spansOf(router: Router, work: CommitWork): Set<Span> {
  const spans = new Set<Span>();
  for (const key of work.writeKeys) spans.add(router.find(key).range);
  for (const key of work.readKeys.keys()) spans.add(router.find(key).range);
  for (const span of [...work.readSpans, ...(work.writeConflicts ?? NONE)]) {
    for (const { route } of router.pieces(span)) spans.add(route.range);
  }
  for (const precondition of work.preconditions) {
    const span = precondition.type === 'unchanged' ? precondition.span : pointOf(precondition.key);
    for (const { route } of router.pieces(span)) spans.add(route.range);
  }
  return spans;
}

function pointOf(key: Key): Span {
  return { start: key, end: keyAfter(key) };
}
