import { existsSync } from 'node:fs';
import { chown, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Access, newPassword } from '../access.js';
import { freePort, LOOPBACK, PortTakenError } from '../port.js';
import { type Runtime } from '../runtime.js';
import { type ServerKind, type ServerOptions } from '../server.js';
import { Supervisor } from '../supervisor/supervisor.js';
import { mariadb, mysql } from './mysql-family.js';
import { postgres } from './postgres.js';
import { type Installation, type Product, type Site } from './product.js';
import { tailOf } from '../text.js';
import { succeed } from './succeed.js';
import { systemUser } from './system-user.js';
import { makeData } from './template.js';

const PRODUCTS: Readonly<Record<ServerKind, Product>> = { mariadb, mysql, postgres };

const LOG = 'server.log';
const PORT_TAKEN = /address already in use/i;

interface Parts {
  readonly kind: ServerKind;
  readonly supervisor: Supervisor;
  readonly site: Site;
  readonly settings: Readonly<Record<string, string>>;
}

/** A server as processes of this machine, under a supervisor. */
export class LocalRuntime implements Runtime {
  private constructor(
    private readonly parts: Parts,
    public access: Access,
  ) {}

  /** Makes the server's folder and its data. */
  static async create(kind: ServerKind, installation: Installation, options: ServerOptions): Promise<LocalRuntime> {
    const product = PRODUCTS[kind];
    const user = systemUser(product.systemUser);
    const supervisor = await Supervisor.start();
    try {
      const { folder } = supervisor;
      if (user !== undefined) await chown(folder, user.uid, user.gid);
      const site: Site = { ...installation, user, folder, data: join(folder, 'data') };
      await makeData(supervisor, product, site);
      const access: Access = { host: LOOPBACK, port: await freePort(), user: 'panda', password: newPassword() };
      for (const command of await product.beforeFirstStart(site, access)) await succeed(supervisor, command);
      return new LocalRuntime({ kind, supervisor, site, settings: options.settings ?? {} }, access);
    } catch (error) {
      await supervisor.close();
      throw error;
    }
  }

  async movePort(): Promise<void> {
    this.access = { ...this.access, port: await freePort() };
  }

  async launch(): Promise<void> {
    const { supervisor, site, settings } = this.parts;
    await this.#product.beforeStart(site);
    await supervisor.launch(this.#product.serve(site, this.access.port, settings), LOG);
  }

  async failure(): Promise<Error | undefined> {
    const { supervisor, site, kind } = this.parts;
    const { ending } = supervisor;
    if (ending === undefined) return undefined;
    const file = join(site.folder, LOG);
    const log = existsSync(file) ? tailOf(await readFile(file, 'utf8')).replaceAll(this.access.password, '***') : '';
    const message = `The ${kind} server ended with ${ending.code ?? ending.signal ?? 'an error'}:\n${log}`;
    return PORT_TAKEN.test(log) ? new PortTakenError(message) : new Error(message);
  }

  ready(): Promise<void> {
    return this.#product.afterFirstStart(this.parts.site);
  }

  kill(): Promise<void> {
    return this.parts.supervisor.kill();
  }

  stop(): Promise<void> {
    return this.parts.supervisor.stop(this.#product.stopSignal);
  }

  suspend(): Promise<void> {
    return this.parts.supervisor.signal('SIGSTOP');
  }

  resume(): Promise<void> {
    return this.parts.supervisor.signal('SIGCONT');
  }

  close(): Promise<void> {
    return this.parts.supervisor.close();
  }

  get #product(): Product {
    return PRODUCTS[this.parts.kind];
  }
}
