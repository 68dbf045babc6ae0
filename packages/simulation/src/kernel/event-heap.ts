import type { EventOptions } from './scheduler.js';

export interface QueuedEvent {
  time: number;
  /** Random: orders events of the same time. */
  tie: number;
  readonly sequence: number;
  readonly event: EventOptions;
  isCancelled: boolean;
}

/** A binary heap of events by (time, tie, sequence). */
export class EventHeap {
  readonly #items: QueuedEvent[] = [];

  get size(): number {
    return this.#items.length;
  }

  push(item: QueuedEvent): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(item, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): QueuedEvent | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++;
      if (!isBefore(items[child]!, last)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return first;
  }
}

function isBefore(a: QueuedEvent, b: QueuedEvent): boolean {
  if (a.time !== b.time) return a.time < b.time;
  return a.tie !== b.tie ? a.tie < b.tie : a.sequence < b.sequence;
}
