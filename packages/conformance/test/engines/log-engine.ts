import { GuardMismatch, PandaError, type EngineCapabilities, type Entry, type WriteBatch } from '@pandakv/core/engine';
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { MemoryEngine, Place } from './memory-engine.js';

/** Stores that are open in this process. */
const locked = new Set<string>();

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const decode = (text: string): Uint8Array => Buffer.from(text, 'base64');

interface LoggedBatch {
  readonly puts: readonly (readonly [string, string])[];
  readonly deletes: readonly string[];
  readonly deleteRanges: readonly (readonly [string, string | null])[];
}

/** A correct engine that outlives its process: a sorted array, and a log of batches, a line each, from which it is made again. */
export class LogEngine extends MemoryEngine {
  override capabilities: EngineCapabilities = {
    durability: 'process-crash',
    batchBytesMax: 32 * 1024 * 1024,
    estimateExact: true,
    multiProcess: false,
  };

  constructor(protected readonly file: string) {
    super(new Place());
    this.lock();
    if (!existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').split('\n');
    // What follows the last line feed was being written when the process was killed.
    for (const line of lines.slice(0, -1)) super.apply(parse(line));
  }

  protected lock(): void {
    if (locked.has(this.file)) throw new PandaError('ShardUnavailable', 'The store is open');
    locked.add(this.file);
  }

  override async close(): Promise<void> {
    if (this.isClosed) return;
    await super.close();
    locked.delete(this.file);
  }

  protected override async commit(batch: WriteBatch): Promise<void> {
    if (batch.guard !== undefined && !this.holds(batch.guard)) throw new GuardMismatch();
    this.append(format(batch));
    this.apply(batch);
  }

  protected append(line: string): void {
    const log = openSync(this.file, 'a');
    try {
      appendFileSync(log, `${line}\n`);
    } finally {
      closeSync(log);
    }
  }
}

export function format({ guard, puts = [], deletes = [], deleteRanges = [] }: WriteBatch): string {
  const all: Entry[] = guard === undefined ? [...puts] : [...puts, [guard.key, guard.next]];
  const logged: LoggedBatch = {
    puts: all.map(([key, value]) => [encode(key), encode(value)]),
    deletes: deletes.map(encode),
    deleteRanges: deleteRanges.map(({ start, end }) => [encode(start), end === undefined ? null : encode(end)]),
  };
  return JSON.stringify(logged);
}

function parse(line: string): WriteBatch {
  const { puts, deletes, deleteRanges } = JSON.parse(line) as LoggedBatch;
  return {
    puts: puts.map(([key, value]): Entry => [decode(key), decode(value)]),
    deletes: deletes.map(decode),
    deleteRanges: deleteRanges.map(([start, end]) => ({ start: decode(start), end: end === null ? undefined : decode(end) })),
  };
}
