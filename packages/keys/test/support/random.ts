/** The seed of this run: of the environment (PANDA_SEED), or a new one. */
export const SEED = Number(process.env.PANDA_SEED ?? Math.floor(Math.random() * 2 ** 31));
