import { ArrivedRanges } from './arrived-ranges.js';
import { Collector } from './collector.js';
import type { GroupWriter } from './group-writer.js';
import { JournalReader } from './journal-reader.js';
import type { LeaderState } from './leader-state.js';
import type { ShardContext } from './shard-context.js';
import { Thresholds } from './thresholds.js';

export interface PastParts {
  readonly context: ShardContext;
  readonly writer: GroupWriter;
  /** Looks at a failure, and stops the leader when it is a broken invariant. */
  readonly judge: (error: unknown) => Error;
}

/** What the shard keeps of its past, and what gives it up. */
export class Past {
  readonly journal: JournalReader;
  readonly thresholds: Thresholds;
  readonly arrived: ArrivedRanges;
  readonly collector: Collector;

  constructor({ context, writer, judge }: PastParts, { arrivals, collected }: LeaderState) {
    const { id, engine } = context;
    this.journal = new JournalReader(engine, collected.journal);
    const given = collected.prefixes.map(({ prefix, threshold }) => ({ prefix, timestamp: threshold }));
    this.thresholds = new Thresholds(id, given);
    this.arrived = new ArrivedRanges(engine, arrivals);
    const { journal, thresholds, arrived } = this;
    this.collector = new Collector({ context, writer, judge, journal, thresholds, arrived }, collected);
  }
}
