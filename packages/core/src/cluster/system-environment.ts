import type { Environment, Timer } from '../clock/index.js';

/** Time, randomness and timers of this machine: the one place in core that asks the platform for them. */
export const systemEnvironment: Environment = {
  now: () => Date.now(),
  random: () => Math.random(),
  setTimer(delayMs, callback, options): Timer {
    const timer = setTimeout(callback, delayMs);
    if (options?.background === true) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  defer(callback) {
    setImmediate(callback);
  },
};
