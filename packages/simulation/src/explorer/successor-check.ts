import type { Random } from '../kernel/random.js';
import type { Transition } from './transition.js';

/**
 * Puts to the test that a state's digest holds all that matters: two executions that came to the same digest by different ways, and go on
 * by the same transition, must come to the same digest again.
 */
export class SuccessorCheck {
  /** By state and transition the state that followed. */
  readonly #successors = new Map<string, string>();
  readonly #random: Random;
  #left: string | undefined;
  #confirmed = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  /** At a state that is known: a transition that was taken from it before. */
  choose(state: string, transitions: readonly Transition[]): Transition | undefined {
    const tried = transitions.filter(({ label }) => this.#successors.has(`${state} ${label}`));
    return tried.length === 0 ? undefined : this.#random.pick(tried);
  }

  leaves(state: string, { label }: Transition): void {
    this.#left = `${state} ${label}`;
  }

  arrived(state: string): void {
    const left = this.#left;
    this.#left = undefined;
    if (left === undefined) return;
    const before = this.#successors.get(left);
    if (before === undefined) this.#successors.set(left, state);
    else if (before === state) this.#confirmed++;
    else throw new Error(`From the same state, the same led to different ones: ${left}`);
  }
}
