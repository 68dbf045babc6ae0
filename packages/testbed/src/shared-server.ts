import { type Server, type ServerKind } from './server.js';
import { startServer } from './start-server.js';

const shared = new Map<ServerKind, Promise<Server>>();

/** The server of a kind that this process shares: started on first use, ended when the process ends. Nobody closes it. */
export async function sharedServer(kind: ServerKind): Promise<Server> {
  const known = shared.get(kind);
  if (known !== undefined) return known;
  const starting = startServer(kind);
  shared.set(kind, starting);
  // Whoever asks after a failure tries again.
  starting.catch(() => shared.delete(kind));
  return starting;
}
