const PATIENCE_MS = 30_000;
const PAUSE_MS = 20;

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Tries until it works, for at most 30 seconds; a failed assertion ends it at once. */
export async function eventually<T>(what: string, attempt: () => Promise<T>): Promise<T> {
  const started = performance.now();
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof Error && error.name === 'AssertionError') throw error;
      if (performance.now() - started > PATIENCE_MS)
        throw new Error(`${what}: still fails after 30 s: ${String(error)}`, { cause: error });
      await sleep(PAUSE_MS);
    }
  }
}
