/** The seed of this run: from PANDA_SEED, or new. It is printed with every failure. */
export const SEED = Number(process.env['PANDA_SEED'] ?? Date.now() % 2 ** 31);

/** A small, fast, seeded source of randomness (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Runs a test with a seeded source; a failure says how to run it again. */
export async function withSeed(run: (random: () => number) => Promise<void>): Promise<void> {
  try {
    await run(seededRandom(SEED));
  } catch (error) {
    throw new Error(`failed with PANDA_SEED=${SEED}: ${String(error)}`, { cause: error });
  }
}
