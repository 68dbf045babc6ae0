/** How many turns go by before the platform's own events (signals, timers of a test runner) get one. */
const TURNS_AT_ONCE = 8_192;

/**
 * Calls `turn` again and again until it answers false, each time after all promises that the call before has set going have come
 * to rest. Nothing but promises may be waited for in between.
 *
 * A tick that is asked for in a microtask runs when no microtask is left, which is what makes that sure.
 */
export function inTurns(turn: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let turns = 0;
    const step = () => {
      try {
        if (!turn()) {
          resolve();
          return;
        }
      } catch (error) {
        reject(error);
        return;
      }
      if (++turns % TURNS_AT_ONCE === 0) setImmediate(step);
      else queueMicrotask(() => process.nextTick(step));
    };
    queueMicrotask(() => process.nextTick(step));
  });
}
