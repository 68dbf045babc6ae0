import type { Timer } from '@pandakv/core';
import type { EventOptions, Scheduler } from '../kernel/scheduler.js';
import { inTurns } from '../kernel/turns.js';

interface Pending {
  readonly event: EventOptions;
  readonly dueMs: number;
  isCancelled: boolean;
}

/** Chooses one of `count` possibilities at a step. */
export type Choose = (count: number) => number;

/** Something that may happen at any time, as often as it answers true when asked whether it may. */
export interface Intrusion {
  readonly label: string;
  isPossible(): boolean;
  run(): void;
}

/**
 * Messages and engine completions happen in whatever order it is told; timers only once nothing else can happen, in the order of
 * time. Virtual time stands still until then, so what a component does follows from what has happened to it, in which order.
 */
export class ExplorerScheduler implements Scheduler {
  readonly intrusions: Intrusion[] = [];
  /** What has happened to each component. */
  readonly #histories = new Map<string, number>();
  #pending: Pending[] = [];
  #now = 0;
  #steps = 0;

  get now(): number {
    return this.#now;
  }

  get steps(): number {
    return this.#steps;
  }

  schedule(delayMs: number, event: EventOptions): Timer {
    const item: Pending = { event, dueMs: this.#now + delayMs, isCancelled: false };
    this.#pending.push(item);
    return { cancel: () => (item.isCancelled = true) };
  }

  /**
   * Identifies the state: the order of events within each component, what is under way, and what may still intrude. Executions that
   * differ only in the order of events of different components have the same.
   */
  get state(): string {
    const histories = [...this.#histories].map(([name, hash]) => `${name}=${hash}`).sort();
    const pending = this.#pending
      .filter(isAlive)
      .map(({ event, dueMs }) => `${event.label}@${event.kind === 'timer' ? dueMs : ''}`);
    const intrusions = this.intrusions.map((intrusion) => (intrusion.isPossible() ? intrusion.label : ''));
    return [...histories, ...pending.sort(), ...intrusions].join('|');
  }

  /**
   * Lets all happen that can. `choose` is asked wherever there is a choice; it may throw to end the execution.
   *
   * @param untilMs no timer after this.
   */
  async run(choose: Choose, untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    await inTurns(() => {
      if (isDone()) return false;
      const turn = this.#take(({ event }) => event.kind === 'turn');
      if (turn !== undefined) {
        this.#happen(turn);
        return true;
      }
      return this.#step(choose) || this.#tick(untilMs);
    });
  }

  #step(choose: Choose): boolean {
    this.#pending = this.#pending.filter(isAlive);
    const events = this.#pending.filter(({ event }) => event.kind !== 'timer');
    if (events.length === 0) return false;
    const intrusions = this.intrusions.filter((intrusion) => intrusion.isPossible());
    const chosen = choose(events.length + intrusions.length);
    this.#steps++;
    const event = events[chosen];
    if (event === undefined) intrusions[chosen - events.length]!.run();
    else this.#happen(this.#take((item) => item === event)!);
    return true;
  }

  #tick(untilMs: number): boolean {
    let first: Pending | undefined;
    for (const item of this.#pending) if (isAlive(item) && (first === undefined || item.dueMs < first.dueMs)) first = item;
    if (first === undefined || first.dueMs > untilMs) return false;
    this.#now = Math.max(this.#now, first.dueMs);
    this.#happen(this.#take((item) => item === first)!);
    return true;
  }

  #take(which: (item: Pending) => boolean): Pending | undefined {
    const at = this.#pending.findIndex((item) => isAlive(item) && which(item));
    return at < 0 ? undefined : this.#pending.splice(at, 1)[0];
  }

  #happen({ event }: Pending): void {
    const [component] = event.label.split(' ', 1) as [string];
    this.note(component, event.label);
    event.run();
  }

  /** Something has happened to a component. */
  note(component: string, what: string): void {
    let hash = this.#histories.get(component) ?? 0x811c9dc5;
    for (let at = 0; at < what.length; at++) hash = Math.imul(hash ^ what.charCodeAt(at), 0x01000193);
    this.#histories.set(component, Math.imul(hash, 0x9e3779b1) ^ (hash >>> 15));
  }
}

function isAlive({ event, isCancelled }: Pending): boolean {
  return !isCancelled && event.owner?.isAlive !== false;
}
