import type { Engine, WriteBatch } from '@pandakv/core/engine';
import { MemoryEngine, type Values } from '../engines/memory-engine.js';
import { planted, type Fault } from './fault.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const ofText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function endOf(bytes: Uint8Array, filler: number): number {
  let end = bytes.length;
  while (end > 1 && bytes[end - 1] === filler) end--;
  return end;
}

/** Keys and values that are not kept as they are, and not in their order. */
export const DATA_FAULTS: readonly Fault[] = [
  planted(
    'orders keys by signed bytes',
    'orders keys by unsigned bytes',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        const signed = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0x80);
        return Buffer.compare(signed(a), signed(b));
      }
    },
  ),
  planted(
    'orders keys by a collation',
    'orders letters by their bytes, not as words',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        return ofText(latin1(a).toLowerCase(), latin1(b).toLowerCase()) || Buffer.compare(a, b);
      }
    },
  ),
  planted(
    'takes keys for the same that differ in case',
    'tells keys apart that differ only in case or accent',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        return ofText(latin1(a).toLowerCase(), latin1(b).toLowerCase());
      }
    },
  ),
  planted(
    'orders keys by UTF-16 units',
    'orders UTF-8 text by its bytes, not by UTF-16 units',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        return ofText(utf8(a), utf8(b)) || Buffer.compare(a, b);
      }
    },
  ),
  planted(
    'orders keys by length first',
    'puts a key before every key that it begins',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        return a.length - b.length || Buffer.compare(a, b);
      }
    },
  ),
  planted(
    'loses trailing zeros of keys',
    'keeps trailing zeros of keys',
    class extends MemoryEngine {
      protected override storedKey(key: Uint8Array): Uint8Array {
        return key.slice(0, endOf(key, 0));
      }
    },
  ),
  planted(
    'compares keys as if they were padded with spaces',
    'keeps trailing spaces of keys',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        return Buffer.compare(a.subarray(0, endOf(a, 0x20)), b.subarray(0, endOf(b, 0x20)));
      }
    },
  ),
  planted(
    'keeps keys as text',
    'keeps keys that are not valid UTF-8',
    class extends MemoryEngine {
      protected override storedKey(key: Uint8Array): Uint8Array {
        return Buffer.from(utf8(key));
      }
    },
  ),
  planted(
    'ends keys at a zero byte',
    'keeps every key of one byte, and pairs of bytes',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        const upToZero = (key: Uint8Array) => (key.includes(0) ? key.subarray(0, key.indexOf(0)) : key);
        return Buffer.compare(upToZero(a), upToZero(b));
      }
    },
  ),
  planted(
    'keeps 2,599 bytes of a key',
    'keeps keys of 2,600 bytes that differ in the last one',
    class extends MemoryEngine {
      protected override storedKey(key: Uint8Array): Uint8Array {
        return key.slice(0, 2_599);
      }
    },
  ),
  planted(
    'keeps 767 bytes of a key',
    'keeps and orders adversarial keys',
    class extends MemoryEngine {
      protected override compare(a: Uint8Array, b: Uint8Array): number {
        return Buffer.compare(a.subarray(0, 767), b.subarray(0, 767));
      }
    },
  ),
  planted(
    'orders the bound of a range apart from the keys',
    'finds every adversarial key as the start and the end of a range',
    class extends MemoryEngine {
      override scan(...[range, options]: Parameters<Engine['scan']>) {
        const start = range.start.subarray(0, endOf(range.start, 0xff));
        return super.scan({ ...range, start }, options);
      }
    },
  ),
  planted(
    'loses keys of 13 bytes',
    'keeps and orders random keys',
    class extends MemoryEngine {
      protected override put(key: Uint8Array, value: Uint8Array): void {
        if (key.length !== 13) super.put(key, value);
      }
    },
  ),
  planted(
    'reads an empty value as absent',
    'tells an empty value from an absent one',
    class extends MemoryEngine {
      protected override read(keys: readonly Uint8Array[]): Values {
        return super.read(keys).map((value) => (value?.length === 0 ? undefined : value));
      }
    },
  ),
  planted(
    'keeps values as text',
    'keeps every byte of a value',
    class extends MemoryEngine {
      protected override storedValue(value: Uint8Array): Uint8Array {
        return Buffer.from(utf8(value));
      }
    },
  ),
  planted(
    'keeps 65,535 bytes of a value',
    'keeps values of every length up to 4 MiB',
    class extends MemoryEngine {
      protected override storedValue(value: Uint8Array): Uint8Array {
        return value.slice(0, 65_535);
      }
    },
  ),
  planted(
    'writes a shorter value into a longer one',
    'replaces a value whole, by a shorter and by a longer one',
    class extends MemoryEngine {
      protected override put(key: Uint8Array, value: Uint8Array): void {
        const held = Buffer.from(this.rows.get(key) ?? []);
        super.put(key, held.length > value.length ? Buffer.concat([value, held.subarray(value.length)]) : value);
      }
    },
  ),
  planted(
    'demands that values are unique',
    'keeps equal values under many keys',
    class extends MemoryEngine {
      private readonly seen = new Set<string>();
      protected override put(key: Uint8Array, value: Uint8Array): void {
        if (this.seen.has(latin1(value))) return;
        this.seen.add(latin1(value));
        super.put(key, value);
      }
    },
  ),
  planted(
    'answers get in the order of keys',
    'answers in the order asked',
    class extends MemoryEngine {
      protected override read(keys: readonly Uint8Array[]): Values {
        return super.read([...keys].sort((a, b) => Buffer.compare(a, b)));
      }
    },
  ),
  planted(
    'answers a key once that was asked twice',
    'answers a key as often as it is asked',
    class extends MemoryEngine {
      protected override read(keys: readonly Uint8Array[]): Values {
        return super.read([...new Map(keys.map((key) => [latin1(key), key])).values()]);
      }
    },
  ),
  planted(
    'leaves absent keys out of its answer',
    'answers undefined for absent keys, in their places',
    class extends MemoryEngine {
      protected override read(keys: readonly Uint8Array[]): Values {
        return super.read(keys).filter((value) => value !== undefined);
      }
    },
  ),
  planted(
    'fails when no keys are asked',
    'answers no keys with no values',
    class extends MemoryEngine {
      protected override checkKeys(keys: readonly Uint8Array[]): void {
        if (keys.length === 0) throw new Error('syntax error near ")"');
        super.checkKeys(keys);
      }
    },
  ),
  planted(
    'confuses the answers when it is asked for more than 50 keys',
    'answers random keys, asked again and again',
    class extends MemoryEngine {
      protected override read(keys: readonly Uint8Array[]): Values {
        return keys.length > 50 ? super.read(keys).reverse() : super.read(keys);
      }
    },
  ),
  planted(
    'binds each key of a get to a parameter, of which there are 65,535',
    'answers 70,000 keys at once',
    class extends MemoryEngine {
      protected override checkKeys(keys: readonly Uint8Array[]): void {
        if (keys.length > 65_535) throw new Error('too many parameters');
        super.checkKeys(keys);
      }
    },
  ),
  planted(
    'deletes one key of a batch only',
    'takes batches of 20,000 rows',
    class extends MemoryEngine {
      protected override apply(batch: WriteBatch): void {
        super.apply({ ...batch, deletes: batch.deletes?.slice(0, 1) });
      }
    },
  ),
  planted(
    'does not delete keys',
    'does not find what was deleted',
    class extends MemoryEngine {
      protected override apply(batch: WriteBatch): void {
        super.apply({ ...batch, deletes: [] });
      }
    },
  ),
];
