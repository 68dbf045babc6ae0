import type { Process } from '../machine/process.js';

/** What goes on in a process, one thing after another in each lane, until it is told to stop or the process dies. */
export class Lanes {
  readonly #running = new Map<Process, Promise<void>[]>();
  #isStopped = false;

  /** Repeats `step`, after a pause each time. */
  start(process: Process, pauseMs: () => number, step: () => Promise<void>): void {
    if (this.#isStopped) return;
    const lane = this.#go(process, pauseMs, step);
    this.#running.set(process, [...(this.#running.get(process) ?? []), lane]);
  }

  /** No further step begins. */
  stop(): void {
    this.#isStopped = true;
  }

  /** After {@link stop}: resolves when the steps under way in a process that lives have ended. */
  async idle(process: Process): Promise<void> {
    await Promise.all(this.#running.get(process) ?? []);
  }

  async #go(process: Process, pauseMs: () => number, step: () => Promise<void>): Promise<void> {
    for (;;) {
      await new Promise<void>((resolve) => process.environment.setTimer(pauseMs(), resolve));
      if (this.#isStopped) return;
      await step();
    }
  }
}
