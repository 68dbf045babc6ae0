import { readStores, valueAt } from '../checker/store-contents.js';
import type { Model } from './model.js';

/** Answers what does not hold at the end of an execution: each transaction whole or not at all, as its caller was told, and nothing left. */
export function checkModel({ stores, results, failures }: Model): string[] {
  const found = [...failures];
  const contents = readStores([...stores].map(([id, store]) => ({ id, store })));
  for (const { attempt, answer } of results) {
    const commits = contents.commits.filter((commit) => commit.attempt === attempt);
    const timestamps = new Set(commits.map(({ timestamp }) => timestamp));
    const shards = commits.map(({ shard }) => shard).sort();
    if (commits.length !== 0 && (shards.join() !== 's1,s2' || timestamps.size !== 1)) {
      found.push(`${attempt} is on ${shards.join(' and ')} at ${[...timestamps].join(' and ')}`);
    }
    if (answer === undefined) continue;
    if ('committedAt' in answer && commits[0]?.timestamp !== answer.committedAt) {
      found.push(`${attempt} was acknowledged at ${answer.committedAt}, and is ${commits[0]?.timestamp ?? 'nowhere'}`);
    }
    if ('error' in answer && answer.error !== 'CommitUnknown' && commits.length > 0) {
      found.push(`${attempt} was reported as failed (${answer.error}), and committed`);
    }
  }
  const values = ['a', 'x'].map((key) => valueAt(contents, key, Number.MAX_SAFE_INTEGER));
  if (values[0] !== values[1]) found.push(`the keys hold what different transactions wrote: ${values.join(' and ')}`);
  const prepared = contents.unfinished.filter((row) => row.includes('prepared'));
  return [...found, ...prepared.map((row) => `is left: ${row}`)];
}
