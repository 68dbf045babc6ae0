import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Command, type Ending, type Message, type Output, type Task } from './messages.js';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

interface Waiting {
  resolve(output: Output | undefined): void;
  reject(error: Error): void;
}

/**
 * The testbed's end of a supervisor: a process that owns a temporary folder and one server in it, and ends both when this
 * process ends, however that happens. It keeps this process alive only while a task is under way.
 */
export class Supervisor {
  /** How the server that was launched last has ended; absent while it runs. */
  ending: Ending | undefined;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  private constructor(
    private readonly child: ChildProcess,
    /** Absolute path of the temporary folder, where commands run. */
    readonly folder: string,
  ) {
    child.on('message', (message) => this.#receive(message as Message));
    child.on('exit', () => this.#fail(new Error('The supervisor of a server has ended.')));
    this.#keepAlive(false);
  }

  /** @param endings commands to run when it ends, before it removes the folder */
  static async start(endings: readonly Command[] = []): Promise<Supervisor> {
    // It is no part of what a debugger or a coverage tool of this process looks at.
    const { NODE_OPTIONS: _options, NODE_V8_COVERAGE: _coverage, ...env } = process.env;
    const child = fork(MAIN, [JSON.stringify(endings)], {
      cwd: tmpdir(),
      detached: true,
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const failed = once(child, 'exit').then(() => {
      throw new Error('The supervisor of a server did not start.');
    });
    const [message] = (await Promise.race([once(child, 'message'), failed])) as [Message];
    if (message.type !== 'ready') throw new Error('The supervisor of a server sent something unexpected.');
    failed.catch(() => undefined);
    return new Supervisor(child, message.folder);
  }

  /** Runs a command in the folder; resolves when it has ended, well or not. */
  async run(command: Command): Promise<Output> {
    return (await this.#ask({ do: 'run', command }))!;
  }

  /** Starts the server; resolves when its process is there. What it writes is kept in a file of the folder. */
  async launch(command: Command, log: string): Promise<void> {
    this.ending = undefined;
    await this.#ask({ do: 'launch', command, log });
  }

  /** Kills the server's processes; resolves when they are gone. */
  async kill(): Promise<void> {
    await this.#ask({ do: 'kill' });
  }

  /** Sends the server the signal that asks it to end; resolves when it has. */
  async stop(signal: 'SIGINT' | 'SIGTERM'): Promise<void> {
    await this.#ask({ do: 'stop', signal });
  }

  /** Suspends or continues the server's processes. */
  async signal(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    await this.#ask({ do: 'signal', signal });
  }

  /** Ends the server and removes the folder. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.ref();
    const exit = once(this.child, 'exit');
    if (this.child.connected) this.child.disconnect();
    await exit;
  }

  async #ask(task: Task): Promise<Output | undefined> {
    if (!this.child.connected) throw new Error('The server is closed.');
    const id = ++this.#lastId;
    const answer = new Promise<Output | undefined>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#keepAlive(true);
    this.child.send({ id, task }, (error) => {
      if (error !== null) this.#take(id)?.reject(error);
    });
    return answer;
  }

  #receive(message: Message): void {
    if (message.type === 'ended') this.ending = message.ending;
    if (message.type === 'done') this.#take(message.id)?.resolve(message.output);
    if (message.type === 'failed') this.#take(message.id)?.reject(new Error(message.reason));
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#keepAlive(false);
    return waiting;
  }

  #fail(error: Error): void {
    for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(error);
  }

  #keepAlive(isKept: boolean): void {
    if (isKept) {
      this.child.ref();
      this.child.channel?.ref();
    } else {
      this.child.unref();
      this.child.channel?.unref();
    }
  }
}
