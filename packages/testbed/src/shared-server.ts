import { type Server, type ServerKind } from './server.js';
import { startServer } from './start-server.js';

const shared = new Map<ServerKind, Promise<Server>>();

/** An owned server ends with this process in any case. Of a named one, databases are dropped if the process ends by itself. */
function closeAtEnd(server: Server): void {
  if (!server.isOwned) process.once('beforeExit', () => void server.close());
}

/** The server of a kind that this process shares: started on first use, ended when the process ends. Nobody closes it. */
export async function sharedServer(kind: ServerKind): Promise<Server> {
  const known = shared.get(kind);
  if (known !== undefined) return known;
  const starting = startServer(kind);
  shared.set(kind, starting);
  // Whoever asks after a failure tries again.
  starting.then(closeAtEnd, () => shared.delete(kind));
  return starting;
}
