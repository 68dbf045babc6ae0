/** Runs tasks, so many at once; the first failure is thrown to whoever starts the next, or waits for the end. */
export class Slots {
  readonly #max: number;
  readonly #running = new Set<Promise<void>>();
  #waiting: (() => void)[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(max: number) {
    this.#max = max;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Starts a task as soon as one may start; then resolves with the promise of its end, which never rejects. */
  async start(task: () => Promise<void>): Promise<{ readonly ended: Promise<void> }> {
    while (this.#running.size >= this.#max) await this.oneEnded();
    this.#check();
    const ended: Promise<void> = this.#run(task).then(() => {
      this.#running.delete(ended);
      for (const wake of this.#waiting.splice(0)) wake();
    });
    this.#running.add(ended);
    return { ended };
  }

  /** Resolves when one of the running tasks has ended. */
  async oneEnded(): Promise<void> {
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#check();
  }

  /** Resolves when all have ended, well or not. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Resolves when all have ended well. */
  async allEnded(): Promise<void> {
    await this.settled();
    this.#check();
  }

  async #run(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
