import { chain, type Engine, type Entry, type KeyRange } from '../engine/index.js';
import { ROW_SPACE } from '../rows/index.js';

const PREFIX = Buffer.from(ROW_SPACE.system, 'latin1');
const END = Buffer.from([PREFIX[0]! + 1]);

/**
 * The part of a shard's engine in which the rows of the system shard lie, each behind the same first byte: an engine by itself, with a
 * guard of its own. Closing it leaves the engine open.
 */
export function systemEngine(engine: Engine): Engine {
  return {
    capabilities: engine.capabilities,
    get: (keys) => engine.get(keys.map(inside)),
    scan: (range, options) =>
      chain(engine.scan(rangeInside(range), { ...options, onEntries: undefined }), ({ entries, rest }) => ({
        entries: entries.map(([key, value]): Entry => [key.subarray(PREFIX.length), value]),
        rest: rest && rangeOutside(rest),
      })),
    write: ({ guard, puts, deletes, deleteRanges }) =>
      engine.write({
        guard: guard && { ...guard, key: inside(guard.key) },
        puts: puts?.map(([key, value]): Entry => [inside(key), value]),
        deletes: deletes?.map(inside),
        deleteRanges: deleteRanges?.map(rangeInside),
      }),
    estimate: (range) => engine.estimate(rangeInside(range)),
    close: () => Promise.resolve(),
  };
}

function inside(key: Uint8Array): Buffer {
  return Buffer.concat([PREFIX, key]);
}

function rangeInside({ start, end }: KeyRange): KeyRange {
  return { start: inside(start), end: end === undefined ? END : inside(end) };
}

function rangeOutside({ start, end }: KeyRange): KeyRange {
  const isAll = end === undefined || Buffer.compare(end, END) === 0;
  return { start: start.subarray(PREFIX.length), end: isAll ? undefined : end.subarray(PREFIX.length) };
}
