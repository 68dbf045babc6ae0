import type { WriteBatch } from '@pandakv/core/engine';
import { GuardMismatch, PandaError } from '@pandakv/core/engine';
import { TcpEngine } from '../engines/tcp-engine.js';
import { tcpUnderTest } from '../engines/tcp-under-test.js';
import type { Fault } from './fault.js';

function plantedInClient(fault: string, caughtBy: string, Client: typeof TcpEngine): Fault {
  return { fault, caughtBy, underTest: tcpUnderTest((...of) => new Client(...of)) };
}

class NeverConnectsAgain extends TcpEngine {
  protected override forget(): void {
    // The connection is kept, for better times.
  }
}

/** What goes wrong between an engine and its server. */
export const SERVER_FAULTS: readonly Fault[] = [
  {
    fault: 'has a server that acknowledges before it is durable',
    caughtBy: 'keeps every acknowledged batch, and no half of one, over kill -9 of its server',
    underTest: tcpUnderTest((...of) => new TcpEngine(...of), 'WritesBehind'),
  },
  {
    fault: 'never connects again',
    caughtBy: 'fails, and does not hang, without its server, and serves again with it',
    underTest: { ...tcpUnderTest((...of) => new NeverConnectsAgain(...of)), timeoutMs: 3_000 },
    hangs: true,
  },
  plantedInClient(
    'writes again over a new connection when the first was lost',
    'knows no GuardMismatch for a write that was cut after the server applied it',
    class extends TcpEngine {
      override async write(batch: WriteBatch): Promise<void> {
        try {
          await super.write(batch);
        } catch (error) {
          if (!PandaError.is(error, 'ShardUnavailable')) throw error;
          await super.write(batch);
        }
      }
    },
  ),
  plantedInClient(
    'calls a write whose connection was lost a failed guard',
    'knows no GuardMismatch for a write that was cut before the server had it',
    class extends TcpEngine {
      override async write(batch: WriteBatch): Promise<void> {
        try {
          await super.write(batch);
        } catch (error) {
          throw PandaError.is(error, 'ShardUnavailable') ? new GuardMismatch() : error;
        }
      }
    },
  ),
  plantedInClient(
    'takes a write that was sent for one that was applied',
    'leaves each write whole or absent, whenever connections are cut',
    class extends TcpEngine {
      override async write(batch: WriteBatch): Promise<void> {
        try {
          await super.write(batch);
        } catch (error) {
          if (!PandaError.is(error, 'ShardUnavailable')) throw error;
        }
      }
    },
  ),
  plantedInClient(
    'fails with errors of its driver when a connection is lost',
    'fails with ShardUnavailable while connections are refused, and serves again by itself',
    class extends TcpEngine {
      protected override lost(): Error {
        return new Error('ECONNRESET');
      }
    },
  ),
  plantedInClient(
    'shows its password when it cannot connect',
    'fails to open with ShardUnavailable while connections are refused',
    class extends TcpEngine {
      protected override lost(): Error {
        const cause = Object.assign(new Error('refused'), { config: { password: 'Secret-of-the-server' } });
        return new PandaError('ShardUnavailable', 'The server is out of reach', { cause });
      }
    },
  ),
  plantedInClient(
    'gives its server 20 ms for an answer',
    'works over a slow connection',
    class extends TcpEngine {
      protected override deadline(): number {
        return 20;
      }
    },
  ),
  plantedInClient(
    'calls a connection that was cut while it was silent a conflict of its own',
    'fails when a silent connection is cut, and serves again by itself',
    class extends TcpEngine {
      protected override lost(): Error {
        return new TypeError('Cannot read properties of undefined');
      }
    },
  ),
  plantedInClient(
    'waits for a silent server three times as long as it should',
    'waits for a silent server no longer than its deadline',
    class extends TcpEngine {
      protected override deadline(): number {
        return 6_000;
      }
    },
  ),
];
