import { constants } from 'node:os';

export interface Signals {
  /** Aborted by SIGINT or SIGTERM: whoever works comes to an end, closes the database, and returns. */
  readonly signal: AbortSignal;
  /** 128 and the signal's number, once there was one. */
  readonly exitCode: number | undefined;
  stop(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The first signal ends the work, a second one the process. */
export function watchSignals(): Signals {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const onSignal = (name: NodeJS.Signals) => {
    const code = 128 + constants.signals[name];
    if (exitCode !== undefined) process.exit(code);
    exitCode = code;
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    stop: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
