import { run } from '../../dist/run.js';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  /** As it came, byte for byte. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

/** Runs a command of `panda` in this process, with nothing on standard input. */
export function panda(...args: string[]): Promise<Ended> {
  return pandaWith('', ...args);
}

export async function pandaWith(stdin: string | Uint8Array, ...args: string[]): Promise<Ended> {
  const stdout: Buffer[] = [];
  let stderr = '';
  const code = await run(
    args,
    {
      async *input() {
        yield Buffer.from(stdin as Uint8Array);
      },
      print: async (bytes) => void stdout.push(Buffer.from(bytes as Uint8Array)),
      note: (text) => (stderr += text + '\n'),
      progress: () => ({ begin: () => undefined, done: () => undefined, end: () => undefined, stop: () => undefined }),
    },
    { signal: new AbortController().signal, exitCode: undefined, stop: () => undefined },
  );
  return endedWith(code, stdout, stderr);
}

export type Running = ChildProcessByStdio<Writable, Readable, Readable>;

const running = new Set<Running>();

/** Starts `panda` as a process of its own; killed after the test, if it still runs. */
export function startPanda(...args: string[]): Running {
  return start(process.execPath, [MAIN, ...args]);
}

/** Runs a shell script in which `$panda` is the command. */
export function shell(script: string): Promise<Ended> {
  return ended(start('bash', ['-c', script], { ...process.env, panda: `${process.execPath} ${MAIN}` }));
}

function start(command: string, args: readonly string[], env = process.env): Running {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env });
  running.add(child);
  return child;
}

/** How it ended, and what it said. */
export async function ended(child: Running): Promise<Ended> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  running.delete(child);
  return endedWith(code, stdout, Buffer.concat(stderr).toString());
}

function endedWith(code: number | null, stdout: readonly Buffer[], stderr: string): Ended {
  const bytes = Buffer.concat(stdout);
  return { code, bytes, stdout: bytes.toString(), stderr };
}

/** What `--json` printed: the last line. */
export function json({ stdout, stderr }: Ended): Record<string, unknown> {
  const line = stdout.trimEnd().split('\n').at(-1)!;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`no JSON on the last line: ${stdout}\n${stderr}`, { cause });
  }
}

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});
