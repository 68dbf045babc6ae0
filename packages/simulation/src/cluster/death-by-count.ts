import type { Process } from '../machine/process.js';
import type { Member } from './member.js';
import type { World } from './world.js';

const DOWN_MS = 700;

/**
 * Kills a process after so many of its steps: messages it has sent, and calls of its engines. What it would have done next is not done.
 * One run for each number of steps is a death at every point at which anybody else could notice a difference.
 */
export class DeathByCount {
  readonly #world: World;
  readonly #member: Member;
  #left: number;

  constructor(world: World, member: Member, steps: number) {
    this.#world = world;
    this.#member = member;
    this.#left = steps;
  }

  /** Begins to count. */
  arm(process: Process): void {
    process.onStep = () => {
      if (--this.#left > 0) return;
      process.onStep = undefined;
      this.#world.counters.add('process killed');
      this.#member.kill();
      const run = (): void => this.#member.start();
      this.#world.scheduler.schedule(DOWN_MS, { kind: 'fault', label: `starts ${this.#member.name}`, run });
    };
  }
}
