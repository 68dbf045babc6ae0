/** What a guard key holds. */
export interface KnownGuard {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * One writer at a time, first come first served. A writer that finds nobody before it starts at once, without a microtask:
 * that is nearly every write, and what makes this cheaper than a general mutex.
 */
export class WriteQueue {
  /** Set by a writer that failed, for all that use the database, until it has been opened again. */
  failure: { readonly cause: unknown } | undefined;
  /** The guard that the last write left, so that the next one need not ask the database; unknown after any other write. */
  guard: KnownGuard | undefined;
  private last: Promise<void> | undefined;

  /** Runs the task when all tasks before it have ended, however they ended. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.last === undefined ? task() : this.last.then(task);
    const ended: Promise<void> = result.then(
      () => this.leave(ended),
      () => this.leave(ended),
    );
    this.last = ended;
    return result;
  }

  private leave(ended: Promise<void>): void {
    if (this.last === ended) this.last = undefined;
  }
}

const queues = new WeakMap<object, WriteQueue>();

/** The queue of a database object: engines opened twice over one database take turns as well. */
export function writeQueueOf(database: object): WriteQueue {
  let queue = queues.get(database);
  if (queue === undefined) queues.set(database, (queue = new WriteQueue()));
  return queue;
}
