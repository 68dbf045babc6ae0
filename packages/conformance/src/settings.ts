import type { EngineUnderTest } from './engine-under-test.js';

export interface Settings {
  readonly scale: number;
  readonly seed: number;
  readonly timeoutMs: number;
  readonly recoveryMs: number;
}

const newSeed = Math.floor(Math.random() * 2 ** 31);

/** @throws TypeError for numbers that are none */
export function settingsOf({
  scale = 1,
  seed = seedOfEnvironment(),
  timeoutMs = 120_000 * Math.max(1, scale),
  recoveryMs = 30_000,
}: EngineUnderTest): Settings {
  if (!(scale > 0 && scale < Infinity)) throw new TypeError('`scale` is a number above 0');
  if (!Number.isInteger(seed) || Math.abs(seed) >= 2 ** 31) throw new TypeError('The seed is an integer of 32 bits');
  if (!(timeoutMs > 0 && timeoutMs < 2 ** 31)) throw new TypeError('`timeoutMs` is a number of milliseconds, above 0');
  if (!(recoveryMs > 0 && recoveryMs < 2 ** 31)) throw new TypeError('`recoveryMs` is a number of milliseconds, above 0');
  return { scale, seed, timeoutMs, recoveryMs };
}

function seedOfEnvironment(): number {
  const seed = process.env['PANDA_SEED'];
  return seed === undefined || seed === '' ? newSeed : Number(seed);
}
