import type { Environment, Timestamp } from '../clock/index.js';
import type { PandaError } from '../errors/index.js';
import { keyAfter, spanHolds, type Key, type Span } from '../keys/index.js';
import { deferred, type Deferred } from './deferred.js';
import type { RangeReads } from './range-reads.js';
import type { WatchRequest } from './shard.js';

/** Who waits for the next commit of a key. */
export class Watches {
  readonly #environment: Environment;
  readonly #spans: RangeReads;
  readonly #waiting = new Map<Key, Set<Deferred<void>>>();

  constructor(environment: Environment, spans: RangeReads) {
    this.#environment = environment;
    this.#spans = spans;
  }

  /** The timestamp of the key's last commit, once that is after `since`; undefined when it has been long enough. */
  async watch({ key, since, forMs }: WatchRequest): Promise<Timestamp | undefined> {
    const woken = deferred<void>();
    // Before the look, so that nothing comes in between.
    this.#add(key, woken);
    const timer = this.#environment.setTimer(forMs, () => woken.resolve(), { background: true });
    try {
      const before = await this.#last(key);
      if (before > since) return before;
      await woken.promise;
      const last = await this.#last(key);
      return last > since ? last : undefined;
    } finally {
      timer.cancel();
      this.#remove(key, woken);
    }
  }

  /** Commits of these keys are in the engine. */
  written(keys: Iterable<Key>): void {
    if (this.#waiting.size === 0) return;
    for (const key of keys) for (const woken of this.#waiting.get(key) ?? []) woken.resolve();
  }

  /** The keys are served by another shard now: who waits is to ask there. */
  left(span: Span): void {
    for (const [key, waiting] of this.#waiting) if (spanHolds(span, key)) for (const woken of waiting) woken.resolve();
  }

  stop(error: PandaError): void {
    for (const waiting of this.#waiting.values()) {
      for (const woken of waiting) {
        woken.promise.catch(() => undefined);
        woken.reject(error);
      }
    }
  }

  #last(key: Key): Promise<Timestamp> {
    return this.#spans.latestTimestamp({ start: key, end: keyAfter(key) });
  }

  #add(key: Key, woken: Deferred<void>): void {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) this.#waiting.set(key, new Set([woken]));
    else waiting.add(woken);
  }

  #remove(key: Key, woken: Deferred<void>): void {
    const waiting = this.#waiting.get(key)!;
    waiting.delete(woken);
    if (waiting.size === 0) this.#waiting.delete(key);
  }
}
