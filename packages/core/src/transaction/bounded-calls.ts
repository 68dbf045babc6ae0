import { TICKS_PER_MS, type Environment } from '../clock/index.js';
import { PandaError } from '../errors/index.js';
import type { Entry } from '../engine/index.js';
import { abortable, checkSignal } from './cancellation.js';
import { Deadlines } from './deadlines.js';
import type { Entries } from './entry-stream.js';

/** How long a caller waits for an answer. */
export interface CallOptions {
  /** After this many milliseconds the call fails with `DeadlineExceeded`. None unless given. */
  readonly deadlineMs?: number | undefined;
  /** Once it fires, the call fails with `Aborted`. */
  readonly signal?: AbortSignal | undefined;
}

/** Ends calls that their callers wait for no longer. What such a call has asked for goes on, and its answer is dropped. */
export class BoundedCalls {
  readonly #environment: Environment;
  readonly #deadlines: Deadlines<unknown, undefined>;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#deadlines = new Deadlines(environment, { onTimeout: deadlineExceeded });
  }

  async run<T>(options: CallOptions | undefined, work: () => Promise<T>): Promise<T> {
    if (options === undefined) return await work();
    const { deadlineMs, signal } = checkCallOptions(options);
    const bounded = deadlineMs === undefined ? work() : this.#until(this.#environment.now() + deadlineMs, work());
    return await abortable(bounded, signal);
  }

  /** The same for all that is taken from an iterator, from the first item on. */
  iterate<T>(options: CallOptions, items: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
    return isBounded(options) ? this.#iterate(options, items) : items;
  }

  /** The same for a scan. */
  scan(options: CallOptions, entries: Entries): Entries {
    if (!isBounded(options)) return entries;
    const toArray = async (): Promise<Entry[]> => {
      try {
        return await this.run(options, () => entries.toArray());
      } finally {
        leave(entries);
      }
    };
    return Object.assign(this.#iterate(options, entries), { toArray });
  }

  async *#iterate<T>(options: CallOptions, items: AsyncGenerator<T, void, undefined>): AsyncGenerator<T, void, undefined> {
    const { deadlineMs, signal } = checkCallOptions(options);
    const end = deadlineMs === undefined ? undefined : this.#environment.now() + deadlineMs;
    try {
      for (;;) {
        checkSignal(signal);
        if (end !== undefined && end <= this.#environment.now()) throw deadlineExceeded();
        const next = items.next();
        const { done, value } = await abortable(end === undefined ? next : this.#until(end, next), signal);
        if (done === true) return;
        yield value;
      }
    } finally {
      leave(items);
    }
  }

  #until<T>(end: number, work: Promise<T>): Promise<T> {
    return this.#deadlines.race(work, end, undefined) as Promise<T>;
  }
}

function isBounded({ deadlineMs, signal }: CallOptions): boolean {
  return deadlineMs !== undefined || signal !== undefined;
}

/** Without waiting for what is on its way. */
function leave(items: AsyncGenerator<unknown, void, undefined>): void {
  items.return().catch(() => undefined);
}

/** A user's options, checked; throws `Aborted` when the signal has fired. */
export function checkCallOptions({ deadlineMs, signal }: CallOptions): CallOptions {
  if (deadlineMs !== undefined && !(typeof deadlineMs === 'number' && deadlineMs > 0 && deadlineMs <= DEADLINE_MS_MAX)) {
    throw new PandaError('InvalidArgument', 'deadlineMs must be a positive number of milliseconds');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw new TypeError('signal must be an AbortSignal');
  checkSignal(signal);
  return { deadlineMs, signal };
}

/** Such that the timestamp of the end is a safe integer. */
const DEADLINE_MS_MAX = Number.MAX_SAFE_INTEGER / TICKS_PER_MS / 2;

function deadlineExceeded(): PandaError {
  return new PandaError('DeadlineExceeded', 'The deadline passed before there was an answer');
}
