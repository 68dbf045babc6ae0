import { findInstallation } from './local/binaries.js';
import { LocalRuntime } from './local/local-runtime.js';
import { NamedServer } from './named-server.js';
import { namedUrl, URL_VARIABLES } from './named-url.js';
import { OwnedServer } from './owned-server.js';
import { type Server, type ServerKind, type ServerOptions } from './server.js';

/**
 * A server of its own for the caller, who closes it. With settings, a server that the environment names will not do, as it has
 * its own.
 */
export async function startServer(kind: ServerKind, options: ServerOptions = {}): Promise<Server> {
  const url = options.settings === undefined ? namedUrl(kind) : undefined;
  if (url !== undefined) return NamedServer.connect(kind, url);
  const installation = findInstallation(kind);
  if (installation === undefined) throw new Error(`There is no ${kind} server: set ${URL_VARIABLES[kind]}.`);
  return OwnedServer.start(kind, await LocalRuntime.create(kind, installation, options));
}
