import type { Io } from '../output/io.js';

/** What every command is given. */
export interface Context {
  /** Where the command puts its exit code, if that is not 0. */
  readonly outcome: { exitCode: number };
  /** Aborted when the user wants an end. */
  readonly signal: AbortSignal;
  readonly io: Io;
}
