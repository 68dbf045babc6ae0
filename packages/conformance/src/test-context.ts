import type { Engine } from '@pandakv/core/engine';
import type { EngineUnderTest, Store } from './engine-under-test.js';
import type { Settings } from './settings.js';

/** Thrown to end a test that has nothing to test here. */
export class Skipped extends Error {}

const CLEANUP_MS = 10_000;

/** What a test works with: one store, which is gone when the test is over, and engines on it. */
export class TestContext {
  readonly seed: number;
  readonly recoveryMs: number;
  readonly timeoutMs: number;
  private created: Promise<Store> | undefined;
  private isChecked = false;
  private isForeign = false;
  private readonly cleanups: (() => Promise<unknown>)[] = [];

  constructor(
    readonly underTest: EngineUnderTest,
    private readonly settings: Settings,
  ) {
    this.seed = settings.seed;
    this.recoveryMs = settings.recoveryMs;
    this.timeoutMs = settings.timeoutMs;
  }

  /** The usual number of rounds, scaled. At least one. */
  times(usual: number): number {
    return Math.max(1, Math.round(usual * this.settings.scale));
  }

  store(): Promise<Store> {
    this.created ??= this.underTest.create();
    return this.created;
  }

  /** Opens the store of this test, once more if it is open already. Closed when the test is over. */
  async open(): Promise<Engine> {
    const store = await this.store();
    const engine = this.closeLater(await store.open());
    if (!this.isChecked) await this.checkEmpty(engine);
    return engine;
  }

  /** A store that holds rows is somebody's: it is left alone. */
  private async checkEmpty(engine: Engine): Promise<void> {
    const { entries } = await engine.scan({ start: new Uint8Array(0) }, { limit: 1, maxBytes: 1 });
    this.isForeign = entries.length > 0;
    this.isChecked = true;
    if (this.isForeign) throw new Error('The store that the suite was given holds rows; each test needs an empty one of its own');
  }

  closeLater<T extends { close(): Promise<unknown> }>(closable: T): T {
    this.later(() => closable.close());
    return closable;
  }

  /** Runs when the test is over, the last first. */
  later(cleanup: () => Promise<unknown>): void {
    this.cleanups.push(cleanup);
  }

  skip(reason: string): never {
    throw new Skipped(reason);
  }

  /** The first error of what there was to clean up, or undefined. Waits for none longer than ten seconds. */
  async cleanUp(): Promise<Error | undefined> {
    let first: Error | undefined;
    const attempt = async (what: string, cleanup: () => Promise<unknown>) => {
      try {
        await within(Math.min(CLEANUP_MS, this.timeoutMs), what, cleanup());
      } catch (error) {
        first ??= error instanceof Error ? error : new Error(String(error));
      }
    };
    for (const cleanup of this.cleanups.splice(0).reverse()) await attempt('Closing', cleanup);
    const { created } = this;
    if (created !== undefined && !this.isForeign) await attempt('Destroying the store', async () => (await created).destroy());
    return first;
  }
}

/** Fails when the work takes longer. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
