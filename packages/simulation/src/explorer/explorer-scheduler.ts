import type { Timer } from '@pandakv/core';
import type { EventOptions, Scheduler } from '../kernel/scheduler.js';
import { inTurns } from '../kernel/turns.js';
import type { Transition } from './transition.js';

interface Pending {
  readonly event: EventOptions;
  readonly transition: Transition;
  readonly dueMs: number;
  isCancelled: boolean;
}

/** Chooses one of the transitions that are possible; none ends the execution. */
export type Choose = (transitions: readonly Transition[]) => Transition | undefined;

/** Harm that may be done at this moment, or never: to wait with it until others have moved would change nothing. */
export interface Harm {
  readonly label: string;
  /** May have become impossible by another one. */
  isPossible(): boolean;
  run(): void;
}

export const GO_ON: Transition = { label: 'go on', touches: [] };

/**
 * Messages and engine completions happen in whatever order it is told; timers only once nothing else can happen, in the order of
 * time. Virtual time stands still until then, so what a component does follows from what has happened to it.
 */
export class ExplorerScheduler implements Scheduler {
  /** Called with everything that happens, before it does. */
  onTransition: ((transition: Transition) => void) | undefined;
  /** Answers which of the transitions must be tried here: the others can as well come later. */
  restrict: (transitions: readonly Transition[]) => readonly Transition[] = (transitions) => transitions;
  /** What may still be done right after what has just happened. */
  #harm: Harm[] = [];
  #pending: Pending[] = [];
  #now = 0;
  #steps = 0;
  #cause = '';

  get now(): number {
    return this.#now;
  }

  /** The label of what happens now, or happened last. */
  get cause(): string {
    return this.#cause;
  }

  get steps(): number {
    return this.#steps;
  }

  /** A label begins with the component's name. A timer of no delay is part of the step that sets it. */
  schedule(delayMs: number, event: EventOptions): Timer {
    const isTimer = event.kind === 'timer' && delayMs > 0;
    const label = event.kind === 'timer' || event.kind === 'turn' ? event.label : this.unique(event.label);
    const [component] = label.split(' ', 1) as [string];
    const transition = { label, touches: [component, label] };
    const item: Pending = {
      event: event.kind === 'timer' && !isTimer ? { ...event, kind: 'turn' } : event,
      transition,
      dueMs: this.#now + delayMs,
      isCancelled: false,
    };
    this.#pending.push(item);
    return { cancel: () => (item.isCancelled = true) };
  }

  /** What is under way: labels of events, and timers with the time at which they are due. */
  pending(): string[] {
    return this.#pending
      .filter(isAlive)
      .map(({ event, transition, dueMs }) => (event.kind === 'timer' ? `${transition.label}@${dueMs}` : transition.label));
  }

  /** Something under way is lost. */
  drop(label: string): void {
    this.#take((item) => item.transition.label === label);
  }

  offer(harm: Harm): void {
    this.#harm.push(harm);
  }

  /** Labels of the harm that may be done now, if this is a moment for it. */
  offered(): string[] {
    return this.#harm.filter((harm) => harm.isPossible()).map(({ label }) => label);
  }

  /**
   * Lets all happen that can. `choose` is asked before every step, and before that for the harm that may be done.
   *
   * @param untilMs no timer after this.
   */
  async run(choose: Choose, untilMs: number, isDone: () => boolean = () => false): Promise<void> {
    await inTurns(() => {
      if (isDone()) return false;
      const turn = this.#take(({ event }) => event.kind === 'turn');
      if (turn !== undefined) {
        turn.event.run();
        return true;
      }
      if (this.#harm.some((harm) => harm.isPossible())) return this.#doHarm(choose);
      const transitions = this.#transitions();
      if (transitions.length === 0) return this.#tick(untilMs);
      const chosen = choose(this.restrict(transitions));
      if (chosen !== undefined) this.#happen(chosen);
      return chosen !== undefined;
    });
  }

  #doHarm(choose: Choose): boolean {
    const harm = this.#harm.filter((candidate) => candidate.isPossible());
    const chosen = choose([GO_ON, ...harm.map(({ label }) => ({ label, touches: [] }))]);
    const at = harm.findIndex(({ label }) => label === chosen?.label);
    // What comes before in the list was possible, and was not chosen.
    this.#harm = at < 0 ? [] : harm.slice(at + 1);
    if (at >= 0) this.#cause = harm[at]!.label;
    harm[at]?.run();
    return chosen !== undefined;
  }

  #transitions(): Transition[] {
    this.#pending = this.#pending.filter(isAlive);
    return this.#pending.filter(({ event }) => event.kind !== 'timer').map(({ transition }) => transition);
  }

  #happen(transition: Transition): void {
    this.#steps++;
    this.#harm = [];
    this.#cause = transition.label;
    this.onTransition?.(transition);
    this.#take((item) => item.transition === transition)!.event.run();
  }

  #tick(untilMs: number): boolean {
    let first: Pending | undefined;
    for (const item of this.#pending) if (isAlive(item) && (first === undefined || item.dueMs < first.dueMs)) first = item;
    if (first === undefined || first.dueMs > untilMs) return false;
    this.#now = Math.max(this.#now, first.dueMs);
    this.#take((item) => item === first)!.event.run();
    return true;
  }

  #take(which: (item: Pending) => boolean): Pending | undefined {
    const at = this.#pending.findIndex((item) => isAlive(item) && which(item));
    return at < 0 ? undefined : this.#pending.splice(at, 1)[0];
  }

  /** The same message may be under way twice: which of the two comes first makes no difference, but they are two. */
  unique(label: string): string {
    let candidate = label;
    for (let count = 2; this.#pending.some((item) => isAlive(item) && item.transition.label === candidate); count++) {
      candidate = `${label} #${count}`;
    }
    return candidate;
  }
}

function isAlive({ event, isCancelled }: Pending): boolean {
  return !isCancelled && event.owner?.isAlive !== false;
}
