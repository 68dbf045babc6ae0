import { GuardMismatch, PandaError, type Guard, type KeyRange, type WriteBatch } from '@pandakv/core/engine';
import { MemoryEngine, turn, type Values } from '../engines/memory-engine.js';
import { planted, type Fault } from './fault.js';

/** Batches that are torn, put in another order, or applied under a guard that does not hold. */
export const WRITE_FAULTS: readonly Fault[] = [
  planted(
    'applies a batch in two steps',
    'shows a whole batch in a page, or nothing of it',
    class extends MemoryEngine {
      protected override async commit(batch: WriteBatch): Promise<void> {
        await super.commit({ ...batch, puts: [] });
        await turn();
        this.apply({ puts: batch.puts });
      }
    },
  ),
  planted(
    'checks rows while it applies them',
    'applies nothing of a batch that it refuses',
    class extends MemoryEngine {
      protected override checkBatch(): void {
        // As they come.
      }
      protected override apply({ guard, puts = [], deletes, deleteRanges }: WriteBatch): void {
        super.apply({ guard, deletes, deleteRanges });
        for (const put of puts) {
          super.checkBatch({ puts: [put] });
          super.apply({ puts: [put] });
        }
      }
    },
  ),
  planted(
    'checks the guard behind the first 1,000 rows',
    'applies nothing of a large batch whose guard fails',
    class extends MemoryEngine {
      protected override async commit(batch: WriteBatch): Promise<void> {
        if ((batch.puts ?? []).length > 1_000) this.apply({ puts: batch.puts!.slice(0, 1_000) });
        await super.commit(batch);
      }
    },
  ),
  planted(
    'puts first and deletes ranges last',
    'applies deleted ranges, then deletes, then puts',
    class extends MemoryEngine {
      protected override apply({ guard, puts, deletes, deleteRanges }: WriteBatch): void {
        super.apply({ puts, deletes });
        super.apply({ deleteRanges, guard });
      }
    },
  ),
  planted(
    'deletes the guard that it has moved',
    'keeps the puts and the guard of a batch that clears everything',
    class extends MemoryEngine {
      protected override apply({ guard, ...changes }: WriteBatch): void {
        super.apply({ guard });
        super.apply(changes);
      }
    },
  ),
  planted(
    'fails for batches that have nothing to do',
    'takes batches that have nothing to do',
    class extends MemoryEngine {
      protected override checkBatch(batch: WriteBatch): void {
        if (Object.values(batch).every((part) => (part as unknown[]).length === 0))
          throw new Error('syntax error at end of input');
        super.checkBatch(batch);
      }
    },
  ),
  planted(
    'binds each row of a batch to parameters, of which there are 32,766',
    'takes batches of 20,000 rows',
    class extends MemoryEngine {
      protected override checkBatch(batch: WriteBatch): void {
        if ((batch.puts ?? []).length * 2 > 32_766) throw new Error('too many parameters');
        super.checkBatch(batch);
      }
    },
  ),
  planted(
    'deletes the end of a range',
    'deletes from the start of a range to before its end',
    class extends MemoryEngine {
      protected override deleteRange(range: KeyRange): void {
        super.deleteRange(range);
        if (range.end !== undefined && Buffer.compare(range.start, range.end) < 0) this.rows.delete(range.end);
      }
    },
  ),
  planted(
    'deletes what the same batch puts into a range',
    'keeps what the same batch puts into a deleted range',
    class extends MemoryEngine {
      protected override apply({ deleteRanges, ...changes }: WriteBatch): void {
        super.apply(changes);
        super.apply({ deleteRanges });
      }
    },
  ),
  planted(
    'deletes between the bounds of a range, whichever comes first',
    'deletes nothing for an empty range',
    class extends MemoryEngine {
      protected override deleteRange({ start, end }: KeyRange): void {
        const isSwapped = end !== undefined && Buffer.compare(start, end) > 0;
        super.deleteRange(isSwapped ? { start: end, end: start } : { start, end });
      }
    },
  ),
  planted(
    'takes 0xFF for the end of the keyspace',
    'deletes the whole keyspace',
    class extends MemoryEngine {
      protected override deleteRange({ start, end = Uint8Array.of(0xff) }: KeyRange): void {
        super.deleteRange({ start, end });
      }
    },
  ),
  planted(
    'deletes ranges by prefixes of 16 bytes',
    'deletes ranges that start and end at adversarial keys',
    class extends MemoryEngine {
      protected override deleteRange({ start, end }: KeyRange): void {
        super.deleteRange({ start: start.subarray(0, 16), end });
      }
    },
  ),
  planted(
    'deletes the first range only',
    'takes ranges that overlap',
    class extends MemoryEngine {
      protected override apply(batch: WriteBatch): void {
        super.apply({ ...batch, deleteRanges: batch.deleteRanges?.slice(0, 1) });
      }
    },
  ),
  planted(
    'deletes 1,000 rows of a range, and no more',
    'deletes ranges of 10,000 rows',
    class extends MemoryEngine {
      protected override deleteRange(range: KeyRange): void {
        for (const [key] of this.rows.range(range).slice(0, 1_000)) this.rows.delete(key);
      }
    },
  ),
  planted(
    'never moves the guard',
    'applies a batch whose guard holds, and moves the guard',
    class extends MemoryEngine {
      protected override apply({ guard, ...changes }: WriteBatch): void {
        const isThere = guard !== undefined && this.rows.get(guard.key) !== undefined;
        super.apply(isThere ? changes : { guard, ...changes });
      }
    },
  ),
  planted(
    'ignores what the guard holds',
    'refuses a batch whose guard holds another value',
    class extends MemoryEngine {
      protected override holds(): boolean {
        return true;
      }
    },
  ),
  planted(
    'takes an absent guard for any',
    'refuses a batch whose guard is absent',
    class extends MemoryEngine {
      protected override holds(guard: Guard): boolean {
        return this.rows.get(guard.key) === undefined || super.holds(guard);
      }
    },
  ),
  planted(
    'does not check that a guard is absent',
    'refuses a batch whose guard should be absent, and is there',
    class extends MemoryEngine {
      protected override holds(guard: Guard): boolean {
        return guard.expected === undefined || super.holds(guard);
      }
    },
  ),
  planted(
    'takes an empty guard for an absent one',
    'tells an empty guard from an absent one',
    class extends MemoryEngine {
      protected override holds({ key, expected = new Uint8Array(0) }: Guard): boolean {
        return Buffer.compare(this.rows.get(key) ?? new Uint8Array(0), expected) === 0;
      }
    },
  ),
  planted(
    'compares guards as text, without trailing spaces',
    'compares every byte of the guard',
    class extends MemoryEngine {
      protected override holds({ key, expected }: Guard): boolean {
        const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8').trimEnd().toLowerCase();
        return text(this.rows.get(key)) === text(expected);
      }
    },
  ),
  planted(
    'deletes although the guard fails',
    'changes nothing at all when the guard fails',
    class extends MemoryEngine {
      protected override async commit(batch: WriteBatch): Promise<void> {
        this.apply({ deletes: batch.deletes });
        await super.commit(batch);
      }
    },
  ),
  planted(
    'checks the guard before the step that applies the batch',
    'lets exactly one of two racing writers win each round',
    class extends MemoryEngine {
      protected override async commit(batch: WriteBatch): Promise<void> {
        if (batch.guard !== undefined && !this.holds(batch.guard)) throw new GuardMismatch();
        await turn();
        this.apply(batch);
      }
    },
  ),
  planted(
    'checks the guard under a lock that other engines do not know',
    'lets exactly one of two racing engines on one store win each round',
    class extends MemoryEngine {
      private last: Promise<unknown> = Promise.resolve();
      protected override commit(batch: WriteBatch): Promise<void> {
        const next = this.last.then(async () => {
          if (batch.guard !== undefined && !this.holds(batch.guard)) throw new GuardMismatch();
          await turn();
          this.apply(batch);
        });
        this.last = next.catch(() => undefined);
        return next;
      }
    },
  ),
  planted(
    'checks the guard against what it read last',
    'loses no step of a count that several writers share',
    class extends MemoryEngine {
      private seen: Uint8Array | undefined;
      protected override read(keys: readonly Uint8Array[]): Values {
        const values = super.read(keys);
        this.seen = values[0];
        return values;
      }
      protected override holds({ expected }: Guard): boolean {
        if (this.seen === undefined || expected === undefined) return this.seen === expected;
        return Buffer.compare(this.seen, expected) === 0;
      }
    },
  ),
  planted(
    'writes again after a time-out, although the write was applied',
    'never fails the guard of a writer that is alone',
    class extends MemoryEngine {
      private writes = 0;
      protected override async commit(batch: WriteBatch): Promise<void> {
        await super.commit(batch);
        if (++this.writes % 50 === 0) await super.commit(batch);
      }
    },
  ),
  planted(
    'calls a guard that does not hold a conflict',
    'fails a guard with GuardMismatch, and no other way',
    class extends MemoryEngine {
      protected override async commit(batch: WriteBatch): Promise<void> {
        if (batch.guard !== undefined && !this.holds(batch.guard)) throw new PandaError('Conflict', 'The guard does not hold');
        this.apply(batch);
      }
    },
  ),
  planted(
    'forgets deleted ranges in a batch that deletes one key as well',
    'does what a sorted map does, for random writes, gets and scans',
    class extends MemoryEngine {
      protected override apply(batch: WriteBatch): void {
        super.apply(batch.deletes?.length === 1 ? { ...batch, deleteRanges: [] } : batch);
      }
    },
  ),
];
