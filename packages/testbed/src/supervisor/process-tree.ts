import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 10;

interface Row {
  readonly pid: number;
  readonly parent: number;
  /** It has ended, and only its parent has not heard of it yet. */
  readonly isZombie: boolean;
}

/** Fields of `/proc/PID/stat`, counted from the end of the program's name, which is in brackets and may hold anything. */
const STATE = 0;
const PARENT = 1;
const THREADS = 17;

function rowOfProc(pid: string): Row[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // The first thread of a process may have ended before the others, which still hold its sockets.
    const isZombie = fields[STATE] === 'Z' && Number(fields[THREADS]) <= 1;
    return [{ pid: Number(pid), parent: Number(fields[PARENT]), isZombie }];
  } catch {
    return []; // it has ended meanwhile
  }
}

function rowOfPs(line: string): Row[] {
  const [pid, parent, state] = line.trim().split(/\s+/);
  return state === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), isZombie: state.startsWith('Z') }];
}

function processes(): Row[] {
  const rows =
    platform() === 'linux'
      ? readdirSync('/proc')
          .filter((name) => /^\d+$/.test(name))
          .flatMap(rowOfProc)
      : execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' }).split('\n').flatMap(rowOfPs);
  return rows.filter(({ isZombie }) => !isZombie);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Signals a process, then its descendants. A server's children may be in sessions of their own (as PostgreSQL's are), so they
 * are found by their parents. With SIGSTOP none escapes: who is stopped forks no more, and is asked for its children after that.
 */
export function signalTree(root: number, signal: 'SIGSTOP' | 'SIGCONT'): number[] {
  const reached: number[] = [];
  let next = [root];
  while (next.length > 0) {
    for (const pid of next) send(pid, signal);
    reached.push(...next);
    const all = processes();
    next = all.filter(({ pid, parent }) => reached.includes(parent) && !reached.includes(pid)).map(({ pid }) => pid);
  }
  return reached;
}

/** Kills a process and its descendants with SIGKILL; resolves when they are gone. */
export async function killTree(root: number): Promise<void> {
  const pids = signalTree(root, 'SIGSTOP');
  for (const pid of pids) send(pid, 'SIGKILL');
  while (processes().some(({ pid }) => pids.includes(pid))) await delay(POLL_MS);
}
