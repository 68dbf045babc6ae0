import { DEBIAN_PACKAGES, installByApt } from './apt.js';
import { DockerRuntime } from './docker/docker-runtime.js';
import { isDockerThere } from './docker/engine.js';
import { findInstallation, MYSQLD_VARIABLE } from './local/binaries.js';
import { LocalRuntime } from './local/local-runtime.js';
import { type Installation } from './local/product.js';
import { NamedServer } from './named-server.js';
import { namedUrl, URL_VARIABLES } from './named-url.js';
import { OwnedServer } from './owned-server.js';
import { type Runtime } from './runtime.js';
import { type Server, type ServerKind, type ServerOptions } from './server.js';
import { tailOf } from './text.js';

function missing(kind: ServerKind, cause: Error | undefined): Error {
  const names = DEBIAN_PACKAGES[kind];
  const install =
    names === undefined
      ? `set ${MYSQLD_VARIABLE} to the path of its server binary`
      : `install its server (apt-get install ${names.join(' ')}; on Debian, root need not)`;
  const message = `There is no ${kind} server. Set ${URL_VARIABLES[kind]} to a connection string, or ${install}, or start Docker.`;
  return new Error(cause === undefined ? message : `${message} Installing it failed: ${tailOf(cause.message)}`, { cause });
}

async function installed(kind: ServerKind): Promise<Installation | undefined> {
  const installation = findInstallation(kind);
  if (installation !== undefined) return installation;
  await installByApt(kind);
  return findInstallation(kind);
}

/** What runs the server: a program of this machine, or else a container. */
async function runtimeOf(kind: ServerKind, options: ServerOptions): Promise<Runtime> {
  let reason: Error | undefined;
  const installation = await installed(kind).catch((error: unknown) => {
    if (DEBIAN_PACKAGES[kind] === undefined) throw error;
    reason = error as Error;
    return undefined;
  });
  if (installation !== undefined) return LocalRuntime.create(kind, installation, options);
  if (isDockerThere()) return DockerRuntime.create(kind, options);
  throw missing(kind, reason);
}

/**
 * Starts a server for the caller, who closes it; or takes that which the environment names, in which databases can be made. With
 * settings it is always one of its own. Rejects, with a message of what to do, where there is no server.
 */
export async function startServer(kind: ServerKind, options: ServerOptions = {}): Promise<Server> {
  const url = options.settings === undefined ? namedUrl(kind) : undefined;
  if (url !== undefined) return NamedServer.connect(kind, url);
  return OwnedServer.start(kind, await runtimeOf(kind, options));
}
