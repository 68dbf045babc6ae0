import { type WriteBatch } from '@pandakv/core/engine';
import { MemoryEngine } from '../engines/memory-engine.js';
import { planted, type Fault } from './fault.js';

const MIB = 1024 * 1024;

/** What should be refused, and is taken. */
export function uncheckedFaults(): Fault[] {
  const takesLongKeys = class extends MemoryEngine {
    protected override checkBatch(batch: WriteBatch): void {
      const short = batch.puts?.map(([key, value]) => [key.subarray(0, 2_600), value] as const);
      super.checkBatch({ ...batch, puts: short });
    }
  };
  return [
    planted('takes keys that are too long', 'refuses to write keys of no bytes and of 2,601', takesLongKeys),
    planted(
      'answers gets of keys that are too long',
      'refuses to get keys of no bytes and of 2,601',
      class extends MemoryEngine {
        protected override checkKeys(): void {
          // None is found.
        }
      },
    ),
    planted(
      'takes values that are too large',
      'refuses values over 4 MiB',
      class extends MemoryEngine {
        protected override checkBatch(batch: WriteBatch): void {
          super.checkBatch({ ...batch, puts: batch.puts?.map(([key, value]) => [key, value.subarray(0, 4 * MIB)] as const) });
        }
      },
    ),
    planted(
      'takes any limit of a page',
      'refuses pages without a sensible size',
      class extends MemoryEngine {
        protected override checkScan(): void {
          // It reads on while there is room.
        }
      },
    ),
    planted(
      'takes text for bytes',
      'refuses keys and values that are no bytes',
      class extends MemoryEngine {
        protected override checkBatch({ puts, ...batch }: WriteBatch): void {
          const typed = puts?.map(([key, value]) => [typeof key === 'string' ? Buffer.from(key) : key, value] as const);
          super.checkBatch({ ...batch, puts: typed });
        }
      },
    ),
  ];
}
