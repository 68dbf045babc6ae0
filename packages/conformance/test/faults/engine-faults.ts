import { PandaError, type WriteBatch } from '@pandakv/core/engine';
import { MemoryEngine, turn, type Values } from '../engines/memory-engine.js';
import { capabilityFaults } from './capability-faults.js';
import { closingFaults } from './closing-faults.js';
import { planted, type Fault } from './fault.js';
import { uncheckedFaults } from './unchecked-faults.js';

const MIB = 1024 * 1024;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** A cache that a write of this engine clears: or not, as the fault has it. */
class CachingEngine extends MemoryEngine {
  protected readonly cache = new Map<string, Uint8Array | undefined>();

  protected override read(keys: readonly Uint8Array[]): Values {
    return keys.map((key) => {
      const name = hex(key);
      if (!this.cache.has(name)) this.cache.set(name, super.read([key])[0]);
      return this.cache.get(name)?.slice();
    });
  }
}

/** What is seen, whose buffers are whose, what is declared, refused and told. */
export const ENGINE_FAULTS: readonly Fault[] = [
  planted('answers from a cache that writes leave as it is', 'shows a resolved write to every later get and scan', CachingEngine),
  planted(
    'answers from a cache that writes of other engines leave as it is',
    'shows a resolved write to every other engine on the store',
    class extends CachingEngine {
      protected override apply(batch: WriteBatch): void {
        this.cache.clear();
        super.apply(batch);
      }
    },
  ),
  planted(
    'resolves a write when others are waiting before it was applied',
    'shows each of many interleaved writers its own write',
    class extends MemoryEngine {
      private writing = 0;
      protected override async commit(batch: WriteBatch): Promise<void> {
        if (this.writing++ > 3) void this.later(batch);
        else await super.commit(batch);
        await turn();
        this.writing--;
      }
      private async later(batch: WriteBatch): Promise<void> {
        for (let i = 0; i < 5; i++) await turn();
        await super.commit(batch);
      }
    },
  ),
  planted(
    'caches what a read found after a write has overtaken it',
    'remembers nothing of reads that a write overtook',
    class extends MemoryEngine {
      private readonly cache = new Map<string, Uint8Array | undefined>();
      override get(keys: readonly Uint8Array[]): Promise<Values> {
        return this.call(async () => {
          this.checkKeys(keys);
          const cached = keys.every((key) => this.cache.has(hex(key)));
          const values = cached ? keys.map((key) => this.cache.get(hex(key))) : this.read(keys);
          // Longer than a write takes.
          for (let i = 0; i < 6; i++) await turn();
          keys.forEach((key, i) => this.cache.set(hex(key), values[i]));
          return values.map((value) => value?.slice());
        });
      }
      protected override apply(batch: WriteBatch): void {
        this.cache.clear();
        super.apply(batch);
      }
    },
  ),
  planted(
    'returns the values that it holds',
    'returns values that belong to the caller',
    class extends MemoryEngine {
      protected override read(keys: readonly Uint8Array[]): Values {
        return keys.map((key) => this.rows.get(key));
      }
    },
  ),
  planted(
    'returns pages of the buffers that it holds',
    'returns pages that belong to the caller',
    class extends MemoryEngine {
      protected override returned(bytes: Uint8Array): Uint8Array {
        return bytes;
      }
    },
  ),
  planted(
    'keeps the buffers that it is passed',
    'keeps none of the buffers that it was passed',
    class extends MemoryEngine {
      protected override storedValue(value: Uint8Array): Uint8Array {
        return value;
      }
    },
  ),
  planted(
    'writes into the buffers that it is passed',
    'changes none of the buffers that it was passed',
    class extends MemoryEngine {
      protected override apply(batch: WriteBatch): void {
        super.apply(batch);
        batch.guard?.next.fill(0);
      }
    },
  ),
  planted(
    'stores the whole buffer behind a view',
    'takes views of larger buffers',
    class extends MemoryEngine {
      protected override storedValue(value: Uint8Array): Uint8Array {
        return value.buffer.byteLength > 512 ? value.slice() : new Uint8Array(value.buffer.slice(0));
      }
    },
  ),
  planted(
    'cuts values at 4 MiB less a byte',
    'takes the longest key, the largest value and the largest guard',
    class extends MemoryEngine {
      protected override storedValue(value: Uint8Array): Uint8Array {
        return value.slice(0, 4 * MIB - 1);
      }
    },
  ),
  ...uncheckedFaults(),
  ...capabilityFaults(),
  planted(
    'confuses the answers to calls that come at once',
    'answers each of 512 requests at once with its own rows',
    class extends MemoryEngine {
      private asked: readonly Uint8Array[] = [];
      override get(keys: readonly Uint8Array[]): Promise<Values> {
        return this.call(async () => {
          this.asked = keys;
          await turn();
          return this.read(this.asked);
        });
      }
    },
  ),
  planted(
    'confuses the rows of its clients when many wait',
    'serves 32 clients at once, each with its own rows',
    class extends MemoryEngine {
      private waiting = 0;
      protected override async commit(batch: WriteBatch): Promise<void> {
        this.waiting++;
        await turn();
        const isCrowded = this.waiting-- > 8 && batch.puts?.length === 1;
        await super.commit(isCrowded ? { puts: [[batch.puts[0]![0], Uint8Array.of(this.waiting)]] } : batch);
      }
    },
  ),
  planted(
    'answers readers from the state before the last write',
    'serves 16 readers beside a writer, who see what has resolved',
    class extends CachingEngine {
      private writes = 0;
      protected override apply(batch: WriteBatch): void {
        if (++this.writes % 4 === 0) this.cache.clear();
        super.apply(batch);
      }
    },
  ),
  ...closingFaults(),
  planted(
    'fails with errors of its driver',
    'fails with PandaErrors of documented codes',
    class extends MemoryEngine {
      protected override checkBatch(batch: WriteBatch): void {
        try {
          super.checkBatch(batch);
        } catch (cause) {
          throw Object.assign(new Error('ER_DATA_TOO_LONG'), { cause });
        }
      }
    },
  ),
  planted(
    'repeats keys in messages',
    'names no keys, values or secrets in messages',
    class extends MemoryEngine {
      protected override checkBatch(batch: WriteBatch): void {
        try {
          super.checkBatch(batch);
        } catch {
          throw new PandaError('InvalidArgument', `The key ${Buffer.from(batch.puts?.[0]?.[0] ?? []).toString()} is too long`);
        }
      }
    },
  ),
];
