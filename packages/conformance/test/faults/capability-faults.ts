import { PandaError, type EngineCapabilities, type KeyRange, type RangeEstimate, type WriteBatch } from '@pandakv/core/engine';
import { MemoryEngine, turn, type Place } from '../engines/memory-engine.js';
import { planted, type Fault } from './fault.js';

const MIB = 1024 * 1024;

/** What is declared, and is not so. */
export function capabilityFaults(): Fault[] {
  const declares = (capabilities: Partial<EngineCapabilities>) =>
    class extends MemoryEngine {
      override capabilities: EngineCapabilities = {
        durability: 'none',
        batchBytesMax: 32 * MIB,
        estimateExact: true,
        multiProcess: true,
        ...capabilities,
      };
    };
  return [
    planted('declares batches of 16 MiB', 'declares batches of at least 32 MiB', declares({ batchBytesMax: 16 * MIB })),
    planted(
      'declares batches that its packets cannot hold',
      'takes a batch of the declared size',
      class extends declares({ batchBytesMax: 64 * MIB }) {
        protected override checkBatch(batch: WriteBatch): void {
          super.checkBatch(batch);
          if ((batch.puts ?? []).length > 33) throw new PandaError('ShardUnavailable', 'Packet too large');
        }
      },
    ),
    planted(
      'takes any batch',
      'refuses a batch over the declared size',
      class extends MemoryEngine {
        protected override checkBatch({ puts = [], ...batch }: WriteBatch): void {
          super.checkBatch(batch);
          for (const put of puts) super.checkBatch({ puts: [put] });
        }
      },
    ),
    planted(
      'declares nothing of its durability',
      'declares every capability',
      declares({ durability: undefined as unknown as 'none' }),
    ),
    planted(
      'estimates from a sample, and declares that exact',
      'estimates 10,000 rows as exactly as declared',
      class extends MemoryEngine {
        protected override count(range: KeyRange): RangeEstimate {
          const { keys, bytes } = super.count(range);
          return keys > 256 ? { keys: Math.round(keys * 1.01), bytes } : { keys, bytes };
        }
      },
    ),
    planted(
      'estimates a twentieth',
      'estimates 10,000 rows as exactly as declared',
      class extends declares({ estimateExact: false }) {
        protected override count(range: KeyRange): RangeEstimate {
          const { keys, bytes } = super.count(range);
          return { keys: keys / 20, bytes: bytes / 20 };
        }
      },
    ),
    planted(
      'estimates with statistics of the last minute',
      'estimates few rows, and none, as exactly as declared',
      class extends MemoryEngine {
        private known: RangeEstimate | undefined;
        protected override count(range: KeyRange): RangeEstimate {
          return (this.known ??= super.count(range));
        }
      },
    ),
    planted(
      'estimates by reading everything, twice',
      'estimates cheaply, unless it is exact',
      class extends declares({ estimateExact: false }) {
        override estimate(range: KeyRange): Promise<RangeEstimate> {
          return this.call(async () => {
            for (let i = 0; i < 3; i++) this.page(range, { limit: Infinity, maxBytes: Infinity });
            await turn();
            return this.count(range);
          });
        }
      },
    ),
    planted(
      'declares several processes, and lets one in',
      'can be opened twice at once as declared',
      class extends MemoryEngine {
        constructor(place: Place) {
          super(place);
          if (place.open > 1) throw new PandaError('ShardUnavailable', 'The store is open');
        }
      },
    ),
  ];
}
