import type { Environment } from '../clock/index.js';

export function sleep(environment: Environment, delayMs: number): Promise<void> {
  return new Promise((resolve) => environment.setTimer(delayMs, resolve));
}
