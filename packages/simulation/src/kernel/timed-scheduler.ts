import type { Timer } from '@pandakv/core';
import { EventHeap, type QueuedEvent } from './event-heap.js';
import type { Random } from './random.js';
import type { EventOptions, Scheduler } from './scheduler.js';
import type { Trace } from './trace.js';
import { inTurns } from './turns.js';

/** One queue of events by virtual time; the seed orders those of the same time. */
export class TimedScheduler implements Scheduler {
  readonly #queue = new EventHeap();
  readonly #random: Random;
  readonly #trace: Trace;
  #now = 0;
  #sequence = 0;
  #events = 0;

  constructor(random: Random, trace: Trace) {
    this.#random = random;
    this.#trace = trace;
  }

  get now(): number {
    return this.#now;
  }

  /** How many events have happened. */
  get events(): number {
    return this.#events;
  }

  schedule(delayMs: number, event: EventOptions): Timer {
    const item: QueuedEvent = {
      time: this.#now + Math.max(0, delayMs),
      tie: this.#random.next(),
      sequence: this.#sequence++,
      event,
      isCancelled: false,
    };
    this.#queue.push(item);
    return { cancel: () => (item.isCancelled = true) };
  }

  /** Lets things happen until `isDone`, which is asked before each event, or until virtual time reaches `endMs`. */
  async run(endMs: number, isDone: () => boolean = () => false): Promise<void> {
    await inTurns(() => {
      if (isDone()) return false;
      for (;;) {
        const item = this.#queue.pop();
        if (item === undefined) return false;
        if (item.isCancelled || item.event.owner?.isAlive === false) continue;
        if (item.time > endMs) {
          this.#queue.push(item);
          this.#now = endMs;
          return false;
        }
        if (this.#isPaused(item)) continue;
        this.#happen(item);
        return true;
      }
    });
  }

  /** Puts off an event whose owner stands still. */
  #isPaused(item: QueuedEvent): boolean {
    const { owner } = item.event;
    if (owner === undefined || owner.pausedUntil <= item.time) return false;
    item.time = owner.pausedUntil;
    item.tie = this.#random.next();
    this.#queue.push(item);
    return true;
  }

  #happen({ time, event }: QueuedEvent): void {
    this.#now = time;
    this.#events++;
    this.#trace.add(event.label, time);
    event.run();
  }
}
