import type { Trace } from '../kernel/trace.js';
import type { Operation } from './operation.js';

/** All operations of all clients, and the order in which they began and ended. */
export class History {
  readonly operations: Operation[] = [];
  readonly #trace: Trace;
  #step = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** What has begun and not ended. */
  get running(): string[] {
    return this.operations
      .filter(({ status }) => status === 'running')
      .map(({ client, session, kind, id }) => `${client} in ${session}: ${id ?? kind}`);
  }

  begin(operation: Pick<Operation, 'kind' | 'client' | 'session' | 'isolation'>): Operation {
    const begun: Operation = { ...operation, invoked: ++this.#step, status: 'running', attempts: [] };
    this.operations.push(begun);
    return begun;
  }

  end(operation: Operation, status: 'ok' | 'failed' | 'unknown', error?: string): void {
    operation.status = status;
    if (error !== undefined) operation.error = error;
    operation.completed = ++this.#step;
    this.#trace.add(`${operation.client} ${status} ${error ?? ''}`, operation.attempts.at(-1)?.committedAt ?? 0);
  }
}
