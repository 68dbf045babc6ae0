import { Recorder, type MicroOperation, type Operation, type Scalar } from '@pandakv/history';
import type { Random } from './random.js';

/** One connection to a database that keeps lists as text in the table `lists` (k, v), `v` being its values, each before a space. */
export interface SqlSession {
  query(sql: string): Promise<readonly { readonly v?: string }[]>;
  /** Whether an error says that the transaction was rolled back, and may be tried again. */
  isRollback(error: unknown): boolean;
  close(): Promise<void>;
}

export interface SqlWorkload {
  /** Statements that begin a transaction at the level to be judged. */
  readonly begin: readonly string[];
  /** Statement that appends to a list. */
  readonly append: (key: number, value: number) => string;
  readonly keys: readonly number[];
  readonly transactions: number;
}

/** Runs random transactions on all sessions at once, and records them. */
export async function recordLists(sessions: readonly SqlSession[], workload: SqlWorkload, random: Random): Promise<Operation[]> {
  const operations: Operation[] = [];
  const recorder = new Recorder({ add: (operation) => operations.push(operation) });
  let started = 0;
  let value = 0;
  const plan = (): MicroOperation[] =>
    Array.from({ length: 2 + random.below(3) }, (): MicroOperation => {
      const key = random.pick(workload.keys);
      return random.chance(0.5) ? ['r', key, null] : ['append', key, ++value];
    });
  const work = async (session: SqlSession, process: number) => {
    while (started++ < workload.transactions) {
      const steps = plan();
      recorder.invoke(process, steps);
      const result = await tryTransaction(session, workload, steps);
      if (result === undefined) recorder.fail(process);
      else recorder.ok(process, result);
    }
  };
  await Promise.all(sessions.map(work));
  return operations;
}

/** What it read; undefined if it was rolled back. */
async function tryTransaction(
  session: SqlSession,
  { begin, append }: SqlWorkload,
  steps: readonly MicroOperation[],
): Promise<MicroOperation[] | undefined> {
  try {
    for (const statement of begin) await session.query(statement);
    const result: MicroOperation[] = [];
    for (const step of steps) {
      if (step[0] === 'r') {
        const [row] = await session.query(`SELECT v FROM lists WHERE k = ${Number(step[1])}`);
        result.push(['r', step[1], listOf(row?.v ?? '')]);
      } else {
        await session.query(append(Number(step[1]), Number(step[2])));
        result.push(step);
      }
    }
    await session.query('COMMIT');
    return result;
  } catch (error) {
    if (!session.isRollback(error)) throw error;
    await session.query('ROLLBACK');
    return undefined;
  }
}

function listOf(text: string): Scalar[] {
  return text.split(' ').filter(Boolean).map(Number);
}
