/**
 * The supervisor: a process beside the testbed's that owns one server and its folder. It lives in a session of its own, so that
 * Ctrl-C does not reach it, and watches the channel to the testbed's process. When that closes, because the process closed it or
 * ended in any way (kill -9 too), the supervisor kills what it has started, removes the folder, and ends.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, type Message, type Output, type Request, type Task } from './messages.js';
import { killTree, signalTree } from './process-tree.js';

/** Commands to run at the end, for what does not end with a process (a container). */
const endings = JSON.parse(process.argv[2] ?? '[]') as Command[];
const folder = mkdtempSync(join(tmpdir(), 'panda-testbed-'));
const started = new Set<ChildProcess>();
let server: ChildProcess | undefined;
let isEnding = false;

function tell(message: Message): void {
  // The callback takes the error of a channel that closes meanwhile.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function spawnCommand({ file, args, uid, gid, env }: Command, output: 'pipe' | number): ChildProcess {
  if (isEnding) throw new Error('The supervisor is ending.');
  const child = spawn(file, args, {
    cwd: folder,
    stdio: ['pipe', output, output],
    // The system's temporary folder may be closed to the user that the server runs as.
    env: { ...process.env, TMPDIR: folder, LC_ALL: 'C', ...env },
    ...(uid !== undefined && { uid }),
    ...(gid !== undefined && { gid }),
  });
  started.add(child);
  child.once('error', () => started.delete(child));
  child.once('exit', () => started.delete(child));
  return child;
}

async function run(command: Command): Promise<Output> {
  const child = spawnCommand(command, 'pipe');
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (part: string) => (text += part));
  child.stdin?.on('error', () => undefined).end(command.input ?? '');
  // Rejects when the command cannot be started.
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, text };
}

async function launch(command: Command, log: string): Promise<void> {
  const file = openSync(join(folder, log), 'w');
  const child = spawnCommand(command, file);
  closeSync(file);
  child.once('exit', (code, signal) => {
    server = undefined;
    tell({ type: 'ended', ending: { code, signal } });
  });
  child.stdin?.on('error', () => undefined).end();
  // Rejects when the command cannot be started.
  await once(child, 'spawn');
  if (!hasEnded(child)) server = child;
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

async function killCommand(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const exit = once(child, 'exit');
  await killTree(child.pid);
  await exit;
}

async function kill(): Promise<void> {
  if (server !== undefined) await killCommand(server);
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  if (server?.pid === undefined) return;
  const exit = once(server, 'exit');
  signalTree(server.pid, 'SIGCONT');
  server.kill(signal);
  await exit;
}

async function perform(task: Task): Promise<Output | undefined> {
  switch (task.do) {
    case 'run':
      return run(task.command);
    case 'launch':
      await launch(task.command, task.log);
      return undefined;
    case 'signal':
      if (server?.pid !== undefined) signalTree(server.pid, task.signal);
      return undefined;
    case 'stop':
      await stop(task.signal);
      return undefined;
    case 'kill':
      await kill();
      return undefined;
  }
}

async function answer({ id, task }: Request): Promise<void> {
  try {
    const output = await perform(task);
    tell({ type: 'done', id, ...(output !== undefined && { output }) });
  } catch (error) {
    tell({ type: 'failed', id, reason: (error as Error).message });
  }
}

async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  await Promise.all([...started].map(killCommand));
  for (const { file, args } of endings) spawnSync(file, args, { stdio: 'ignore' });
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  process.exit();
}

process.on('message', (request) => void answer(request as Request));
process.on('disconnect', () => void end());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void end());
tell({ type: 'ready', folder });
if (!process.connected) void end();
