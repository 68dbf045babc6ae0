const PAUSE_MS = 20;

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Tries until it works, for so many milliseconds; a failed assertion ends it at once. */
export async function eventually<T>(patienceMs: number, what: string, attempt: () => Promise<T>): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error;
      if (performance.now() - started > patienceMs)
        throw new Error(`${what}: still fails after ${patienceMs} ms: ${String(error)}`, { cause: error });
      await sleep(PAUSE_MS);
    }
  }
}
