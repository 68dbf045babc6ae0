import { type Command } from '../supervisor/messages.js';
import { type Supervisor } from '../supervisor/supervisor.js';
import { tailOf } from '../text.js';

/** Runs a command that must succeed. */
export async function succeed(supervisor: Supervisor, command: Command): Promise<void> {
  const { code, signal, text } = await supervisor.run(command);
  if (code !== 0) throw new Error(`${command.file} ended with ${code ?? signal ?? 'an error'}:\n${tailOf(text)}`);
}
