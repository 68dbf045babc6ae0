/** Between two looks at the clock, which cost something beside the cheapest operations. */
const OPERATIONS_PER_LOOK = 16;

export interface Throughput {
  readonly operations: number;
  readonly perSecond: number;
}

/**
 * Keeps `atOnce` operations in flight for about `forMs` milliseconds. Each is given a number, counting from 0; all that were
 * begun count, and so does the time until the last has ended.
 */
export async function keepInFlight(
  atOnce: number,
  forMs: number,
  operation: (number: number) => Promise<unknown>,
): Promise<Throughput> {
  const begin = performance.now();
  const end = begin + forMs;
  let next = 0;
  let isOver = false;
  const lane = async (): Promise<void> => {
    while (!isOver) {
      const number = next++;
      if (number % OPERATIONS_PER_LOOK === 0 && performance.now() >= end) isOver = true;
      await operation(number);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return { operations: next, perSecond: (next / (performance.now() - begin)) * 1000 };
}

/** Milliseconds that something took. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}
