import { once } from 'node:events';
import { createProgress, type Progress } from './progress.js';

/** What a command has for a world: what it reads, and where it writes to. */
export interface Io {
  /** What `-` reads; comes to its end, too, when `signal` is aborted. */
  input(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** Prints; resolves when more may be printed, so that a slow reader slows the command down. */
  print(bytes: Uint8Array | string): Promise<void>;
  /** Tells people, not programs; without a newline at the end. */
  note(text: string): void;
  progress(): Progress;
}

/** Whoever read our standard output has gone. Not a failure: they have seen what they wanted. */
export class BrokenPipe extends Error {
  constructor() {
    super('The reader of standard output has gone');
    this.name = 'BrokenPipe';
  }
}

/** The streams of this process. To be made once. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  let isBroken = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isBroken = true;
    // Whoever waits for the stream to drain would wait for ever.
    stdout.emit('drain');
  });
  const note = (text: string) => void stderr.write(text + '\n');
  return {
    async *input(signal) {
      const end = () => stdin.destroy();
      signal.addEventListener('abort', end);
      try {
        yield* stdin as AsyncIterable<Buffer>;
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
    async print(bytes) {
      if (isBroken) throw new BrokenPipe();
      if (!stdout.write(bytes)) await once(stdout, 'drain');
      // A stream tells of a failure only now.
      if (isBroken) throw new BrokenPipe();
    },
    note,
    progress: () => createProgress(note),
  };
}

/** One value on one line. */
export async function printJson(io: Io, value: unknown): Promise<void> {
  await io.print(JSON.stringify(value) + '\n');
}
