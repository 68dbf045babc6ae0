import { fork, type ChildProcess } from 'node:child_process';
import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./writer.js', import.meta.url));

/** A process that writes numbered batches, from when it is told until it is killed. */
export class KilledWriter {
  /** The last batch that was acknowledged. */
  acknowledged = 0;
  private output = '';
  private readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (n) => (this.acknowledged = Number(n)));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output = (this.output + chunk.toString()).slice(-2_000)));
    }
    this.ended = new Promise((resolve) => child.on('close', () => resolve()));
  }

  /** Starts the process, which waits. */
  static start(module: string | URL, argument: unknown): KilledWriter {
    const json = JSON.stringify(argument ?? null);
    return new KilledWriter(fork(SCRIPT, [urlOf(module), json], { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] }));
  }

  /** Lets it write, and kills it some time after its first acknowledgement. All that it had sent by then is in `acknowledged`. */
  async writeUntilKilled(ms: number): Promise<void> {
    const first = new Promise((resolve) => this.child.once('message', resolve));
    this.child.send('go');
    await Promise.race([first, this.ended]);
    await new Promise((resolve) => setTimeout(resolve, ms));
    const endedByItself = this.child.exitCode !== null;
    await this.kill();
    if (endedByItself) throw new Error(`The process that writes ended by itself, instead of being killed: ${this.output}`);
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

function urlOf(module: string | URL): string {
  if (module instanceof URL) return module.href;
  if (module.startsWith('file:')) return module;
  return pathToFileURL(isAbsolute(module) ? module : resolve(module)).href;
}
