import { setTimeout as delay } from 'node:timers/promises';
import { newDatabaseName, urlOf, urlOfDatabase } from './access.js';
import { CLIENTS } from './clients/index.js';
import { PortTakenError } from './port.js';
import { type Runtime } from './runtime.js';
import { type Server, type ServerKind } from './server.js';

/** How long a server may take until it takes connections, in milliseconds: a slow machine recovers from a crash. */
const READY_MS = 120_000;
const POLL_MS = 50;
const PORT_ATTEMPTS = 20;
const PORT_WAIT_MS = 250;

/** A server that the testbed started. */
export class OwnedServer implements Server {
  readonly isOwned = true;
  #isRunning = false;
  #version: string | undefined;

  private constructor(
    readonly kind: ServerKind,
    private readonly runtime: Runtime,
  ) {}

  /** Starts the server for the first time; on failure nothing of it is left. */
  static async start(kind: ServerKind, runtime: Runtime): Promise<OwnedServer> {
    const server = new OwnedServer(kind, runtime);
    try {
      await server.start();
      await runtime.ready();
      return server;
    } catch (error) {
      await runtime.close();
      throw error;
    }
  }

  get host(): string {
    return this.runtime.access.host;
  }

  get port(): number {
    return this.runtime.access.port;
  }

  get user(): string {
    return this.runtime.access.user;
  }

  get password(): string {
    return this.runtime.access.password;
  }

  get version(): string {
    return this.#version ?? '';
  }

  async createDatabase(name = newDatabaseName()): Promise<string> {
    const url = urlOf(this.kind, this.runtime.access);
    await CLIENTS[this.kind].createDatabase(url, name);
    return urlOfDatabase(url, name);
  }

  async start(): Promise<void> {
    if (this.#isRunning && (await this.runtime.failure()) === undefined) return;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.runtime.launch();
        this.#isRunning = true;
        await this.#untilReady();
        return;
      } catch (error) {
        this.#isRunning = false;
        if (!(error instanceof PortTakenError) || attempt === PORT_ATTEMPTS) throw error;
        await this.#afterPortTaken();
      }
    }
  }

  async kill(): Promise<void> {
    await this.runtime.kill();
    this.#isRunning = false;
  }

  async stop(): Promise<void> {
    await this.runtime.stop();
    this.#isRunning = false;
  }

  async suspend(): Promise<void> {
    await this.runtime.suspend();
  }

  async resume(): Promise<void> {
    await this.runtime.resume();
  }

  async close(): Promise<void> {
    this.#isRunning = false;
    await this.runtime.close();
  }

  /** A server that was up keeps its port, which its clients know: whoever has it now will hopefully leave. */
  async #afterPortTaken(): Promise<void> {
    if (this.#version === undefined) await this.runtime.movePort();
    else await delay(PORT_WAIT_MS);
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + READY_MS;
    for (;;) {
      const failure = await this.runtime.failure();
      if (failure !== undefined) throw failure;
      try {
        this.#version = await CLIENTS[this.kind].version(urlOf(this.kind, this.runtime.access));
        return;
      } catch (error) {
        if (performance.now() > deadline) {
          await this.runtime.kill();
          throw new Error(`The ${this.kind} server took no connections within ${READY_MS / 1000} s.`, { cause: error });
        }
      }
      await delay(POLL_MS);
    }
  }
}
