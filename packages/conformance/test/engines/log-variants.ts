import { GuardMismatch, type WriteBatch } from '@pandakv/core/engine';
import { appendFileSync } from 'node:fs';
import { format, LogEngine } from './log-engine.js';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class WritesBehind extends LogEngine {
  private waiting: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  protected override append(line: string): void {
    this.waiting.push(line);
    this.timer ??= setTimeout(() => this.flush(), 50);
  }
  override async close(): Promise<void> {
    clearTimeout(this.timer);
    this.flush();
    await super.close();
  }
  private flush(): void {
    this.timer = undefined;
    for (const line of this.waiting.splice(0)) super.append(line);
  }
}

class TearsBatches extends LogEngine {
  protected override async commit(batch: WriteBatch): Promise<void> {
    if (batch.guard !== undefined && !this.holds(batch.guard)) throw new GuardMismatch();
    const { puts = [], ...others } = batch;
    this.append(format({ ...others, guard: undefined, puts: puts.slice(0, 5) }));
    await sleep(15);
    this.append(format({ guard: batch.guard, puts: puts.slice(5) }));
    this.apply(batch);
  }
}

class LosesLastWrite extends LogEngine {
  private last: string | undefined;
  protected override append(line: string): void {
    if (this.last !== undefined) super.append(this.last);
    this.last = line;
  }
}

class LosesGuards extends LogEngine {
  protected override append(line: string): void {
    const logged = JSON.parse(line) as { puts: [string, string][] };
    const guard = Buffer.from('guard').toString('base64');
    appendFileSync(this.file, `${JSON.stringify({ ...logged, puts: logged.puts.filter(([key]) => key !== guard) })}\n`);
  }
}

class Unlocked extends LogEngine {
  protected override lock(): void {
    // Whoever comes is let in.
  }
}

/** The correct engine, and faults of what outlives a process, by name. */
export const LOG_VARIANTS = { correct: LogEngine, WritesBehind, TearsBatches, LosesLastWrite, LosesGuards, Unlocked } as const;

export type LogVariant = keyof typeof LOG_VARIANTS;
