/** A promise of the engine contract. */
export interface Clause {
  /** Where the contract makes it. */
  readonly source: string;
  readonly promise: string;
  /** What an engine that breaks it would do to Panda's users. */
  readonly cost: string;
}

const DEFINED = {
  order: {
    source: 'Engine',
    promise: 'Order is the unsigned lexicographic order of bytes.',
    cost: 'Panda finds ranges, versions and the journal by byte order: scans would skip or repeat rows, and recovery would miss commits.',
  },
  keyIdentity: {
    source: 'Engine',
    promise: 'Keys are any bytes, 1 to 2,600 long, and two keys are the same only if all their bytes are.',
    cost: "Two keys would share one row: writing one destroys the other, and a transaction would read a stranger's value.",
  },
  values: {
    source: 'Engine',
    promise: 'Values are any bytes, empty to 4 MiB, and come back as they were written.',
    cost: 'Every row has a checksum: the next read would fail with Corruption, and the shard would stop.',
  },
  emptyValue: {
    source: 'Engine',
    promise: 'An empty value is not an absent one.',
    cost: 'Rows that mark something by being there would vanish, and a guard that is absent would pass for one that is empty.',
  },
  getOrder: {
    source: 'Engine.get',
    promise: 'Values come in the order asked, `undefined` where absent. The same key may be asked twice.',
    cost: "Core pairs values with keys by position: transactions would read other keys' values, and checks would pass on the wrong rows.",
  },
  getMany: {
    source: 'Engine.get',
    promise: 'It takes any number of keys.',
    cost: 'A leader loads the rows of a whole group of commits in one call: under load, all of them would fail.',
  },
  pages: {
    source: 'Engine.scan',
    promise: 'Pages, followed by their `rest`, give every entry of the range once and in order.',
    cost: 'Scans of users, moves of ranges and recovery read page by page: rows would be lost or doubled where pages end.',
  },
  reverse: {
    source: 'EngineScanOptions.reverse',
    promise: 'A reverse scan goes from the end of the range to its start, and gives the same entries.',
    cost: 'The newest version, the last journal row and the last key of a range are found in reverse: old data would be taken for new.',
  },
  bounds: {
    source: 'KeyRange',
    promise: 'A range is [start, end): with its start, without its end. A missing end means to the end of the keyspace.',
    cost: 'Neighbouring ranges belong to different shards: a key at the border would be served twice, or by nobody.',
  },
  rest: {
    source: 'EngineScanPage.rest',
    promise: 'What is left of the range behind the page, no more and no less; missing when nothing is left.',
    cost: 'A missing rest ends a scan early, in silence; a needless one costs a trip to the engine with every scan.',
  },
  pageLimit: {
    source: 'EngineScanOptions.limit',
    promise: 'The most entries in the page, at least 1.',
    cost: 'Core budgets memory and answers by the limit: callers would be given more than they asked for.',
  },
  pageBytes: {
    source: 'EngineScanOptions.maxBytes',
    promise: 'The page ends soon after this many bytes, and holds at least one entry if the range does.',
    cost: 'An empty page with a rest would make a scan go round for ever; a page without bound would exhaust the memory of the leader.',
  },
  onEntries: {
    source: 'EngineScanOptions.onEntries',
    promise: 'What it passes before a page is whole is what the page will hold, in the array that it will be in.',
    cost: 'Core decodes rows while the rest is on its way: a scan would answer what the page does not hold.',
  },
  pageView: {
    source: 'Engine.scan',
    promise: 'The page is one consistent view: it holds no part of a write without the rest of that write.',
    cost: 'A reader would see half of a transaction (P11), and recovery half of a group.',
  },
  allOrNothing: {
    source: 'Engine.write',
    promise: 'It applies the batch, all or nothing.',
    cost: 'Half of a group of transactions would be there, with no way to tell which (P11).',
  },
  batchOrder: {
    source: 'WriteBatch',
    promise:
      'In effect `deleteRanges` comes first, then `deletes`, then `puts`: a key that is put survives a deleted range around it.',
    cost: 'A move that clears a range and copies rows into it in one batch would lose what it copied.',
  },
  deleteRanges: {
    source: 'WriteBatch.deleteRanges',
    promise: 'It deletes every key of [start, end), and no other; none where the end is not after the start.',
    cost: "Clearing a range would destroy its neighbour's first row, or leave rows behind that come back when the range returns.",
  },
  guardHolds: {
    source: 'Guard',
    promise:
      'The batch applies only while the guard key holds exactly `expected` (`undefined`: is absent), and the key becomes `next`.',
    cost: 'The guard keeps a leader out that was replaced: two leaders would write to one shard, and each would lose commits of the other.',
  },
  guardAtomic: {
    source: 'Guard',
    promise: 'The guard is checked in the same atomic step in which the batch applies.',
    cost: 'Two leaders could both pass the check: two histories of one shard, and acknowledged commits overwritten (P10).',
  },
  mismatchChangesNothing: {
    source: 'Engine.write',
    promise: 'When it fails with GuardMismatch, nothing has changed.',
    cost: 'A leader that was replaced takes this for "not applied" and tells its clients so: part of it would be there all the same.',
  },
  noRetry: {
    source: 'Engine.write',
    promise: 'An engine never retries a write by itself: a write that was applied never fails with GuardMismatch.',
    cost: 'The leader would take its own commit for that of a successor: it stops serving, and tells clients that nothing was written.',
  },
  unknownOutcome: {
    source: 'Engine.write',
    promise: 'A write whose connection was lost fails, whole or absent; reading the guard tells which.',
    cost: 'The leader learns the outcome of a commit from the guard (P4): clients would be told the opposite of what is stored.',
  },
  visible: {
    source: 'Engine.write',
    promise: 'When it resolves, the batch is visible to every later `get` and `scan`.',
    cost: 'The next transaction would validate against an old row and overwrite a commit: a lost update.',
  },
  durable: {
    source: 'Engine.write, EngineCapabilities.durability',
    promise: 'When it resolves, the batch is durable as declared.',
    cost: 'A commit that was acknowledged would be gone after a crash (P10).',
  },
  concurrency: {
    source: 'Engine',
    promise: 'Core calls `get`, `scan` and `estimate` any number at a time, beside a write.',
    cost: 'Under load, requests would fail, hang, or be answered with the result of another.',
  },
  close: {
    source: 'Engine.close',
    promise: 'It waits for what is in flight, then releases everything. It may be called twice.',
    cost: 'Closing a database would cut commits in the middle, or leave a store locked that the next leader must open.',
  },
  closed: {
    source: 'Engine.close',
    promise: 'Calls after `close` fail with Closed.',
    cost: 'A leader that has handed its shard over could still write to it, or would hang instead of failing.',
  },
  returnedBuffers: {
    source: 'Engine',
    promise: 'Buffers returned belong to the caller.',
    cost: 'Core keeps values in its cache and hands them to users: whoever changes one would change the store, or what others read.',
  },
  passedBuffers: {
    source: 'Engine',
    promise: 'Buffers passed in stay as they are, and are not used after the call has ended.',
    cost: 'Core uses its buffers again: the engine would store bytes of another row, or corrupt the one that the caller still holds.',
  },
  limits: {
    source: 'SPI_LIMITS, checkBatch, checkKeys, checkScan',
    promise: 'What is over a limit fails with InvalidArgument, before anything changes.',
    cost: 'A row that is cut or half written would be found only when it is read: Corruption, long after the mistake (P12).',
  },
  batchBytesMax: {
    source: 'EngineCapabilities.batchBytesMax',
    promise: 'A batch of the declared size works; it is at least 32 MiB.',
    cost: 'Groups are filled up to the declared size: under load, whole groups of commits would fail, again and again.',
  },
  declared: {
    source: 'EngineCapabilities',
    promise: 'Every capability is declared, in its form, and stays as it is.',
    cost: 'Core sizes groups and chooses its ways by them.',
  },
  estimate: {
    source: 'Engine.estimate',
    promise: 'A rough number of keys and bytes; cheap; exact where it is declared exact.',
    cost: 'Shards are split and balanced by estimates: wrong ones move the wrong ranges, expensive ones slow every client down.',
  },
  multiProcess: {
    source: 'EngineCapabilities.multiProcess',
    promise: 'True when two processes may have the same store open at once; else a second opening fails with ShardUnavailable.',
    cost: 'A failover opens the store while the old leader may still have it: it would be impossible, or would damage the store.',
  },
  errors: {
    source: 'PandaError',
    promise: 'Errors are PandaErrors with a documented code; messages never hold values, passwords or connection strings.',
    cost: 'Core decides by the code whether to retry, to stop or to report; and messages end in logs that many people read.',
  },
  recovers: {
    source: 'Engine',
    promise: 'An engine whose server was away serves again, without being opened again, once the server is back.',
    cost: 'Every restart of a database server would need a restart of every node.',
  },
} as const satisfies Record<string, Clause>;

export type ClauseId = keyof typeof DEFINED;

/** Every clause that the suite tests, with the cost of breaking it. */
export const CLAUSES: Readonly<Record<ClauseId, Clause>> = Object.freeze(DEFINED);
