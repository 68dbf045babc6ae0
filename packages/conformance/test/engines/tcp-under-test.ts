import type { Address, EngineUnderTest, Store } from '@pandakv/conformance';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LogVariant } from './log-variants.js';
import { TcpEngine } from './tcp-engine.js';

/** Through the proxy, which may be silent. Else there is time. */
const DEADLINE_MS = 2_000;
const USUAL_DEADLINE_MS = 60_000;

const SERVER = fileURLToPath(new URL('./tcp-server-main.js', import.meta.url));

/** One server at a time, of the store that is being tested. */
class ServerProcess {
  address: Address = { host: '127.0.0.1', port: 0 };
  private child: ChildProcess | undefined;

  constructor(
    private readonly folder: string,
    private readonly variant: LogVariant,
  ) {}

  async start(): Promise<void> {
    this.child = fork(SERVER, [this.folder, this.variant, String(this.address.port)], { execArgv: [] });
    const [port] = (await once(this.child, 'message')) as [number];
    this.address = { ...this.address, port };
  }

  async kill(): Promise<void> {
    const { child } = this;
    if (child === undefined) return;
    this.child = undefined;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  }
}

/** A store has a server of its own. */
export function tcpUnderTest(
  create: (address: Address, deadlineMs: number) => TcpEngine,
  variant: LogVariant = 'correct',
): EngineUnderTest {
  let current: ServerProcess | undefined;
  const server = (): ServerProcess => {
    if (current === undefined) throw new Error('There is no store');
    return current;
  };
  return {
    name: 'tcp',
    create: async (): Promise<Store> => {
      const folder = await mkdtemp(join(tmpdir(), 'panda-conformance-'));
      const own = new ServerProcess(folder, variant);
      current = own;
      await own.start();
      return {
        open: () => TcpEngine.open(create(own.address, USUAL_DEADLINE_MS)),
        destroy: async () => {
          await own.kill();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
    server: { kill: () => server().kill(), start: () => server().start() },
    throughProxy: {
      host: '127.0.0.1',
      get port() {
        return server().address.port;
      },
      deadlineMs: DEADLINE_MS,
      open: (address) => TcpEngine.open(create(address, DEADLINE_MS)),
    },
    secrets: ['Secret-of-the-server'],
  };
}
