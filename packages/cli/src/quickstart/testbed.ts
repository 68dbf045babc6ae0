import { PandaError } from '@pandakv/core';
import { isServerEngine, type QuickstartEngine, type ServerEngine } from './quickstart-engines.js';

/** What is used of the package that starts servers. */
interface Testbed {
  startServer(kind: ServerEngine): Promise<{ createDatabase(): Promise<string>; close(): Promise<void> }>;
  hasMysql(): boolean;
}

export interface Servers {
  readonly urls: ReadonlyMap<ServerEngine, string>;
  close(): Promise<void>;
}

// Not a literal: the package is not published, and need not be there.
const TESTBED: string = '@pandakv/testbed';

/** Starts a server of its own for every kind in the list, with an empty database. Whoever starts them closes them. */
export async function startServers(engines: readonly QuickstartEngine[]): Promise<Servers> {
  const testbed = await importTestbed();
  const urls = new Map<ServerEngine, string>();
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    await Promise.allSettled(closers.map((closeOne) => closeOne()));
  };
  try {
    for (const engine of new Set(engines.filter(isServerEngine))) {
      const server = await testbed.startServer(engine === 'mysql' && !testbed.hasMysql() ? 'mariadb' : engine);
      closers.push(() => server.close());
      urls.set(engine, await server.createDatabase());
    }
  } catch (error) {
    await close();
    if (PandaError.is(error)) throw error;
    throw new PandaError('ShardUnavailable', `--testbed: ${(error as Error).message}`, { cause: error });
  }
  return { urls, close };
}

async function importTestbed(): Promise<Testbed> {
  try {
    return (await import(TESTBED)) as Testbed;
  } catch (cause) {
    const message = `--testbed needs the package ${TESTBED}, which is part of Panda's repository. Elsewhere, give --url`;
    throw new PandaError('InvalidArgument', message, { cause });
  }
}
