import { type Command } from '../supervisor/messages.js';
import { type Supervisor } from '../supervisor/supervisor.js';

const TAIL_CHARACTERS = 2_000;

/** The end of what a program wrote, for an error message. */
export const tailOf = (text: string): string => text.trim().slice(-TAIL_CHARACTERS);

/** Runs a command that must succeed. */
export async function succeed(supervisor: Supervisor, command: Command): Promise<void> {
  const { code, signal, text } = await supervisor.run(command);
  if (code !== 0) throw new Error(`${command.file} ended with ${code ?? signal ?? 'an error'}:\n${tailOf(text)}`);
}
