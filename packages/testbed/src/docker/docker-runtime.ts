import { randomBytes } from 'node:crypto';
import { type Access, newPassword } from '../access.js';
import { tailOf } from '../text.js';
import { freePort, LOOPBACK, PortTakenError } from '../port.js';
import { type Runtime } from '../runtime.js';
import { type ServerKind, type ServerOptions } from '../server.js';
import { type Output } from '../supervisor/messages.js';
import { Supervisor } from '../supervisor/supervisor.js';

interface Image {
  readonly name: string;
  readonly port: number;
  /** The user whose password the image takes from a variable of its environment. */
  readonly user: string;
  readonly passwordVariable: string;
  readonly setting: (name: string, value: string) => string[];
}

const IMAGES: Readonly<Record<ServerKind, Image>> = {
  mariadb: {
    name: 'mariadb:lts',
    port: 3306,
    user: 'root',
    passwordVariable: 'MARIADB_ROOT_PASSWORD',
    setting: (name, value) => [`--${name}=${value}`],
  },
  mysql: {
    name: 'mysql:9',
    port: 3306,
    user: 'root',
    passwordVariable: 'MYSQL_ROOT_PASSWORD',
    setting: (name, value) => [`--${name}=${value}`],
  },
  postgres: {
    name: 'postgres:17',
    port: 5432,
    user: 'postgres',
    passwordVariable: 'POSTGRES_PASSWORD',
    setting: (name, value) => ['-c', `${name}=${value}`],
  },
};

const PORT_TAKEN = /port is already allocated|address already in use/i;

/** A server as a container, which a supervisor removes when this process ends. */
export class DockerRuntime implements Runtime {
  #isCreated = false;

  private constructor(
    private readonly kind: ServerKind,
    private readonly container: string,
    private readonly supervisor: Supervisor,
    private readonly options: ServerOptions,
    public access: Access,
  ) {}

  static async create(kind: ServerKind, options: ServerOptions): Promise<DockerRuntime> {
    const container = `panda-testbed-${randomBytes(6).toString('hex')}`;
    const supervisor = await Supervisor.start([{ file: 'docker', args: ['rm', '--force', '--volumes', container] }]);
    const access = { host: LOOPBACK, port: await freePort(), user: IMAGES[kind].user, password: newPassword() };
    return new DockerRuntime(kind, container, supervisor, options, access);
  }

  async movePort(): Promise<void> {
    await this.#docker('rm', '--force', '--volumes', this.container);
    this.#isCreated = false;
    this.access = { ...this.access, port: await freePort() };
  }

  async launch(): Promise<void> {
    if (!this.#isCreated) await this.#createContainer();
    await this.#docker('start', this.container);
  }

  async failure(): Promise<Error | undefined> {
    const { text } = await this.#docker('inspect', '--format', '{{.State.Running}}', this.container);
    if (text.trim() === 'true') return undefined;
    const log = await this.#docker('logs', '--tail', '50', this.container);
    return new Error(
      `The container of the ${this.kind} server ended:\n${tailOf(log.text).replaceAll(this.access.password, '***')}`,
    );
  }

  async ready(): Promise<void> {
    // Nothing is left to do.
  }

  async kill(): Promise<void> {
    if ((await this.failure()) !== undefined) return;
    await this.#try('unpause', this.container);
    await this.#docker('kill', this.container);
    await this.#docker('wait', this.container);
  }

  async stop(): Promise<void> {
    await this.#try('unpause', this.container);
    await this.#docker('stop', '--time', '60', this.container);
  }

  async suspend(): Promise<void> {
    await this.#docker('pause', this.container);
  }

  async resume(): Promise<void> {
    await this.#docker('unpause', this.container);
  }

  async close(): Promise<void> {
    await this.supervisor.close();
  }

  async #createContainer(): Promise<void> {
    const { name, port, passwordVariable, setting } = IMAGES[this.kind];
    const settings = Object.entries(this.options.settings ?? {}).flatMap(([key, value]) => setting(key, value));
    const published = `${LOOPBACK}:${this.access.port}:${port}`;
    // The value of a variable that is only named comes from the environment of the command: no list of processes shows it.
    const args = ['create', '--name', this.container, '--publish', published, '--env', passwordVariable, name, ...settings];
    await this.#docker(...args);
    this.#isCreated = true;
  }

  async #docker(...args: string[]): Promise<Output> {
    const output = await this.#try(...args);
    if (output.code === 0) return output;
    const message = `docker ${args[0]!} failed:\n${tailOf(output.text)}`;
    throw PORT_TAKEN.test(output.text) ? new PortTakenError(message) : new Error(message);
  }

  async #try(...args: string[]): Promise<Output> {
    const env = { [IMAGES[this.kind].passwordVariable]: this.access.password };
    return this.supervisor.run({ file: 'docker', args, env });
  }
}
