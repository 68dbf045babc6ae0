/** A command of the supervisor, to be run in its folder. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Of the user that it runs as; absent: who started the testbed. */
  readonly uid?: number;
  readonly gid?: number;
  /** Variables beside those of the testbed's process. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads from its standard input; absent: nothing. */
  readonly input?: string;
}

/** How a command ended: with a code or by a signal. */
export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Output extends Ending {
  /** What it wrote, on standard output and standard error. */
  readonly text: string;
}

/** What the supervisor does when it is asked to. One command at a time is the server, that of the last `launch`. */
export type Task =
  | { readonly do: 'run'; readonly command: Command }
  | { readonly do: 'launch'; readonly command: Command; readonly log: string }
  | { readonly do: 'signal'; readonly signal: 'SIGSTOP' | 'SIGCONT' }
  | { readonly do: 'stop'; readonly signal: 'SIGINT' | 'SIGTERM' }
  | { readonly do: 'kill' };

export interface Request {
  readonly id: number;
  readonly task: Task;
}

export type Message =
  | { readonly type: 'ready'; readonly folder: string }
  | { readonly type: 'done'; readonly id: number; readonly output?: Output }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string }
  /** The server has ended, for whatever reason. */
  | { readonly type: 'ended'; readonly ending: Ending };
