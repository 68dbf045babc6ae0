import { PandaError, type EngineScanOptions, type EngineScanPage, type KeyRange, type WriteBatch } from '@pandakv/core/engine';
import { MemoryEngine, type Place } from '../engines/memory-engine.js';
import { planted, type Fault } from './fault.js';

/** What goes wrong when an engine is closed. */
export function closingFaults(): Fault[] {
  return [
    planted(
      'works after it was closed',
      'fails calls after close with Closed, and does nothing for them',
      class extends MemoryEngine {
        protected override async enter(): Promise<void> {
          // It has all that it needs.
        }
      },
    ),
    planted(
      'closes under writes that are in flight',
      'lets writes that are in flight end before it closes',
      class extends MemoryEngine {
        protected override async commit(batch: WriteBatch): Promise<void> {
          if (this.isClosed) throw new PandaError('ShardUnavailable', 'The connection was closed');
          await super.commit(batch);
        }
      },
    ),
    planted(
      'closes under reads that are in flight',
      'lets reads that are in flight end before it closes',
      class extends MemoryEngine {
        protected override page(range: KeyRange, options: EngineScanOptions): EngineScanPage {
          if (this.isClosed) throw new PandaError('ShardUnavailable', 'The connection was closed');
          return super.page(range, options);
        }
      },
    ),
    planted(
      'fails when it is closed twice',
      'may be closed twice',
      class extends MemoryEngine {
        override async close(): Promise<void> {
          if (this.isClosed) throw new PandaError('Closed', 'The engine is closed');
          await super.close();
        }
      },
    ),
    planted(
      'keeps a connection for every engine that was closed, of which there are ten',
      'can be opened and closed again and again',
      class extends MemoryEngine {
        constructor(place: Place) {
          super(place);
          if (place.open > 10) throw new PandaError('ShardUnavailable', 'Too many connections');
        }
        override async close(): Promise<void> {
          const { open } = this.place;
          await super.close();
          this.place.open = open;
        }
      },
    ),
  ];
}
