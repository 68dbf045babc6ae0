import type { Timer } from '@pandakv/core';

/** Whose work an event is. An event of one that is dead never happens; of one that is paused, once it goes on. */
export interface Owner {
  readonly isAlive: boolean;
  /** Virtual time until which it stands still. */
  readonly pausedUntil: number;
}

export type EventKind = 'message' | 'engine' | 'timer' | 'turn' | 'fault';

export interface EventOptions {
  readonly kind: EventKind;
  /** What it is, for the trace: the same in every run of a seed. */
  readonly label: string;
  readonly owner?: Owner | undefined;
  readonly run: () => void;
}

/** The only source of time and order: whatever happens later happens as an event of it. */
export interface Scheduler {
  /** Virtual time in milliseconds since the simulation began. */
  readonly now: number;
  /** The event happens `delayMs` of virtual time from now. */
  schedule(delayMs: number, event: EventOptions): Timer;
}
