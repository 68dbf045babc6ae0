import type { History } from './history.js';
import { keyOf, type FinalState, type Workload } from './workload.js';

const LOGS = 3;
const NOTES = 6;
const TIMESTAMP_BYTES = 7;

/** Logs whose keys are versionstamps, on one shard or several in a transaction, and readers who sum up. The stamps are in the order of the commits. */
export function log(): Workload {
  const logs = Array.from({ length: LOGS }, (_, at) => keyOf(at * 33, 'log/'));
  const notes = Array.from({ length: NOTES }, (_, at) => keyOf(at * 17, 'note'));
  return {
    name: 'log',
    setUp: async () => undefined,
    async step(client) {
      const { random } = client;
      const to = random.pick(logs);
      const [note, stampIn] = random.sample(notes, 2) as [string, string];
      const share = random.next();
      await client.transact(async (tx) => {
        if (share < 0.3) tx.set(note, String((await tx.scan(to)).length) + client.unique());
        else if (share < 0.4) await tx.scan(to, undefined, { limit: 2, reverse: true });
        if (share > 0.2) tx.append(to, client.unique(), `${stampIn}/${client.unique()}`);
      });
    },
    check(history: History, final: FinalState) {
      const stamps = new Map<string, string>();
      for (const log of logs) for (const [key, value] of final) if (key.startsWith(log)) stamps.set(value, key.slice(log.length));
      const failures: string[] = [];
      if (new Set(stamps.values()).size < stamps.size) failures.push('log: two entries have the same stamp');
      for (const { attempts, status } of history.operations) {
        const { appends = [], committedAt } = attempts.at(-1) ?? {};
        if (status !== 'ok' || committedAt === undefined) continue;
        for (const { value } of appends) {
          const timestamp = timestampOf(stamps.get(value));
          if (timestamp !== committedAt)
            failures.push(`log: ${value} has a stamp of ${timestamp}, and committed at ${committedAt}`);
        }
      }
      return failures;
    },
  };
}

/** With which a stamp begins. */
function timestampOf(stamp: string | undefined): number | undefined {
  return stamp === undefined ? undefined : Number(`0x${Buffer.from(stamp.slice(0, TIMESTAMP_BYTES), 'latin1').toString('hex')}`);
}
