import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PIECE = Buffer.alloc(4_096, 1);

/** A disk of few bytes, that can be filled up and emptied again: a tmpfs of its own. */
export class SmallDisk {
  readonly folder: string;
  /** A run that is cut short leaves no disk behind. */
  readonly #atExit = () => void asRoot('umount', [this.folder]);

  private constructor(folder: string) {
    this.folder = folder;
    process.once('exit', this.#atExit);
  }

  /** Mounts one, as root or by a sudo that asks nothing; where neither may, the reason as text. */
  static mount(mib: number): SmallDisk | string {
    const folder = mkdtempSync(join(tmpdir(), 'panda-disk-'));
    const { status, error, stderr } = asRoot('mount', ['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', folder]);
    if (status === 0) return new SmallDisk(folder);
    rmdirSync(folder);
    return `a tmpfs cannot be mounted here: ${error?.message ?? stderr.toString().trim()}`;
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    try {
      for (;;) writeSync(file, PIECE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  empty(): void {
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    process.off('exit', this.#atExit);
    const { status, stderr } = asRoot('umount', [this.folder]);
    if (status !== 0) throw new Error(`A disk of a test stays mounted: ${stderr.toString().trim()}`);
    rmdirSync(this.folder);
  }

  get #ballast(): string {
    return join(this.folder, 'ballast');
  }
}

function asRoot(command: string, args: readonly string[]): ReturnType<typeof spawnSync> {
  return process.getuid?.() === 0 ? spawnSync(command, args) : spawnSync('sudo', ['-n', command, ...args]);
}
