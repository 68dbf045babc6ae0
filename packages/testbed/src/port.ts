import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/**
 * Below the ports that systems give to outgoing connections: of those, one could be taken while its server is down, and a client
 * that connects to it again and again would some day meet itself.
 */
const FIRST_PORT = 12_000;
const LAST_PORT = 31_999;

/** The port was free when it was chosen, and taken when the server wanted it. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ host: LOOPBACK, port, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** A port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST_PORT, LAST_PORT + 1);
    if (await isFree(port)) return port;
  }
}
