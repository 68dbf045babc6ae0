import {
  isEmptyRange,
  restAfter,
  type EngineScanOptions,
  type EngineScanPage,
  type Entry,
  type KeyRange,
} from '@pandakv/core/engine';
import { MemoryEngine } from '../engines/memory-engine.js';
import { planted, type Fault } from './fault.js';

/** Pages that hold too much, too little, or in another order; and rests that are cut elsewhere. */
export const PAGING_FAULTS: readonly Fault[] = [
  planted(
    'drops the last entry of a page that is cut',
    'gives every entry once, with every page size',
    class extends MemoryEngine {
      protected override page(range: KeyRange, options: EngineScanOptions): EngineScanPage {
        const page = super.page(range, options);
        return page.rest === undefined || page.entries.length < 2 ? page : { ...page, entries: page.entries.slice(0, -1) };
      }
    },
  ),
  planted(
    'repeats the last entry of a page in the next',
    'gives every entry once, with every page size',
    class extends MemoryEngine {
      protected override rest(inside: readonly Entry[], count: number, range: KeyRange, reverse: boolean): KeyRange | undefined {
        if (reverse || count === inside.length || count < 2) return super.rest(inside, count, range, reverse);
        return { ...range, start: inside[count - 1]![0] };
      }
    },
  ),
  planted(
    'repeats the last entry of a reverse page in the next',
    'gives every entry once in reverse, with every page size',
    class extends MemoryEngine {
      protected override rest(inside: readonly Entry[], count: number, range: KeyRange, reverse: boolean): KeyRange | undefined {
        if (!reverse || count < 2) return super.rest(inside, count, range, reverse);
        return count === inside.length ? undefined : { ...range, end: inside[count - 2]![0] };
      }
    },
  ),
  planted(
    'takes the first entries of a range for its last ones',
    'gives every entry once in reverse, with every page size',
    class extends MemoryEngine {
      protected override page(range: KeyRange, options: EngineScanOptions): EngineScanPage {
        const page = super.page(range, { ...options, reverse: false });
        return options.reverse === true ? { entries: page.entries.toReversed(), rest: page.rest } : page;
      }
    },
  ),
  planted(
    'loses the entry that exceeds the byte budget',
    'gives every entry once, with every byte budget',
    class extends MemoryEngine {
      protected override rest(inside: readonly Entry[], count: number, range: KeyRange, reverse: boolean): KeyRange | undefined {
        const isCutByBytes = count > 0 && count < inside.length && inside[count]![1].length > 1_000;
        return super.rest(inside, isCutByBytes ? count + 1 : count, range, reverse);
      }
    },
  ),
  planted(
    'answers an empty page where the first row exceeds the budget',
    'holds at least one entry, however small the byte budget',
    class extends MemoryEngine {
      protected override page(range: KeyRange, options: EngineScanOptions): EngineScanPage {
        const page = super.page(range, options);
        const [first] = page.entries;
        return first !== undefined && first[1].length > options.maxBytes ? { entries: [], rest: range } : page;
      }
    },
  ),
  planted(
    'ignores the byte budget',
    'ends a page near its byte budget',
    class extends MemoryEngine {
      protected override pageLength(inside: readonly Entry[], { limit }: EngineScanOptions): number {
        return Math.min(limit, inside.length);
      }
    },
  ),
  planted(
    'holds one entry more than the limit',
    'never holds more than the limit',
    class extends MemoryEngine {
      protected override pageLength(inside: readonly Entry[], options: EngineScanOptions): number {
        return super.pageLength(inside, { ...options, limit: options.limit + 1 });
      }
    },
  ),
  planted(
    'tells of rows in the order in which they are found, and sorts them later',
    'tells nothing of a page that it does not hold in the end',
    class extends MemoryEngine {
      protected override page(range: KeyRange, options: EngineScanOptions): EngineScanPage {
        const { entries, rest } = super.page(range, options);
        const found = entries.toReversed();
        options.onEntries?.(found);
        return { entries: found.reverse(), rest };
      }
    },
  ),
  planted(
    'leaves out the start of a range',
    'begins with the start of the range',
    class extends MemoryEngine {
      protected override inside(range: KeyRange): Entry[] {
        return super.inside(range).filter(([key]) => Buffer.compare(key, range.start) !== 0);
      }
    },
  ),
  planted(
    'includes the end of a range',
    'ends before the end of the range',
    class extends MemoryEngine {
      protected override inside(range: KeyRange): Entry[] {
        const value = range.end === undefined || isEmptyRange(range) ? undefined : this.rows.get(range.end);
        return value === undefined ? super.inside(range) : [...super.inside(range), [range.end!, value]];
      }
    },
  ),
  planted(
    'begins a reverse scan with the end of the range',
    'begins in reverse right before the end of the range',
    class extends MemoryEngine {
      protected override page(range: KeyRange, options: EngineScanOptions): EngineScanPage {
        const value = range.end === undefined || isEmptyRange(range) ? undefined : this.rows.get(range.end);
        const page = super.page(range, options);
        if (options.reverse !== true || value === undefined) return page;
        return { ...page, entries: [[range.end!, value], ...page.entries] };
      }
    },
  ),
  planted(
    'swaps the bounds of a range whose end is before its start',
    'finds nothing in an empty range',
    class extends MemoryEngine {
      protected override inside({ start, end }: KeyRange): Entry[] {
        const isSwapped = end !== undefined && Buffer.compare(start, end) > 0;
        return super.inside(isSwapped ? { start: end, end: start } : { start, end });
      }
    },
  ),
  planted(
    'names no rest',
    'names a rest when entries are left',
    class extends MemoryEngine {
      protected override rest(): KeyRange | undefined {
        return undefined;
      }
    },
  ),
  planted(
    'names a rest whenever a page is full',
    'names no rest when nothing is left',
    class extends MemoryEngine {
      protected override rest(inside: readonly Entry[], count: number, range: KeyRange, reverse: boolean): KeyRange | undefined {
        return count === 0 ? undefined : restAfter(inside[count - 1]![0], range, reverse);
      }
    },
  ),
  planted(
    'begins the rest with the next key that is there now',
    'cuts the rest exactly where the page ended, whatever changes between pages',
    class extends MemoryEngine {
      protected override rest(inside: readonly Entry[], count: number, range: KeyRange, reverse: boolean): KeyRange | undefined {
        if (reverse || count === inside.length) return super.rest(inside, count, range, reverse);
        return { ...range, start: this.returned(inside[count]![0]) };
      }
    },
  ),
  planted(
    'reads the pages of a scan from the copy of the first',
    'cuts the rest exactly where the page ended, whatever changes between pages',
    class extends MemoryEngine {
      private readonly continued = new Map<KeyRange, Entry[]>();
      protected override inside(range: KeyRange): Entry[] {
        return this.continued.get(range)?.slice() ?? super.inside(range);
      }
      protected override rest(inside: readonly Entry[], count: number, range: KeyRange, reverse: boolean): KeyRange | undefined {
        const rest = super.rest(inside, count, range, reverse);
        const left = inside.slice(count);
        if (rest !== undefined) this.continued.set(rest, reverse ? left.reverse() : left);
        return rest;
      }
    },
  ),
];
