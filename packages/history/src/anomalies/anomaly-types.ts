/** The shapes of cycles, from the worst: their edges are write-write, write-read and read-write (`rw`). */
export const CYCLE_CLASSES = ['G0', 'G1c', 'G-single', 'G-nonadjacent', 'G2-item'] as const;
export type CycleClass = (typeof CYCLE_CLASSES)[number];

/** A cycle that only exists by the order of one process' transactions, or by the order of time. */
export const CYCLE_SUFFIXES = ['', '-process', '-realtime'] as const;
export type CycleSuffix = (typeof CYCLE_SUFFIXES)[number];

export type CycleType = `${CycleClass}${CycleSuffix}`;

/** What each anomaly is, in a sentence. The names are those of Adya and of Elle where they have one. */
export const OTHER_ANOMALIES = {
  G1a: 'A committed transaction read what an aborted one wrote.',
  G1b: 'A transaction read a value that its writer wrote over in the same transaction.',
  internal: 'A transaction contradicts its own reads and writes.',
  'future-read': 'A transaction read what it wrote only later.',
  'unwritten-read': 'A transaction read a value that nobody ever wrote.',
  'duplicate-elements': 'A read shows a value twice that was appended once.',
  'incompatible-order': 'Two reads of a key show its values in orders that contradict each other.',
  'cyclic-versions': 'The values of a key were each written over by the other.',
  'dirty-update': 'A committed transaction built on what an aborted one wrote.',
  'lost-update': 'Two transactions read the same version of a key and both wrote it.',
  'fractured-read': 'A transaction saw a part of what another wrote, and not the rest.',
  'long-fork': 'Two transactions saw two independent writes in opposite orders.',
  'stale-read': 'A transaction did not see a write that was acknowledged before it began.',
  'lost-append': 'An acknowledged append is in no read, although reads began after its acknowledgement.',
} as const;

export type AnomalyType = CycleType | keyof typeof OTHER_ANOMALIES;

const CLASS_MEANINGS: Readonly<Record<CycleClass, string>> = {
  G0: 'write cycle: writes of transactions are interleaved',
  G1c: 'circular information flow: transactions that each saw, or wrote over, the effects of the other',
  'G-single': 'a cycle with one anti-dependency: a transaction saw the effects of another, and missed some of what that built on',
  'G-nonadjacent': 'a cycle with several anti-dependencies, no two of them in a row',
  'G2-item': 'a cycle with anti-dependencies in a row, such as write skew',
};

const SUFFIX_MEANINGS: Readonly<Record<CycleSuffix, string>> = {
  '': '',
  '-process': ', with the order of the transactions of one process',
  '-realtime': ', with the order of transactions in time',
};

/** A sentence about an anomaly for people. */
export function meaningOf(type: AnomalyType): string {
  if (type in OTHER_ANOMALIES) return OTHER_ANOMALIES[type as keyof typeof OTHER_ANOMALIES];
  const suffix = CYCLE_SUFFIXES.find((candidate) => candidate !== '' && type.endsWith(candidate)) ?? '';
  const name = type.slice(0, type.length - suffix.length) as CycleClass;
  const meaning = CLASS_MEANINGS[name] + SUFFIX_MEANINGS[suffix];
  return `${meaning[0]!.toUpperCase()}${meaning.slice(1)}.`;
}

/** Every name that an anomaly can have, in the order in which they are reported. */
export const ANOMALY_TYPES: readonly AnomalyType[] = [
  ...(Object.keys(OTHER_ANOMALIES) as (keyof typeof OTHER_ANOMALIES)[]),
  ...CYCLE_SUFFIXES.flatMap((suffix) => CYCLE_CLASSES.map((name): CycleType => `${name}${suffix}`)),
];
