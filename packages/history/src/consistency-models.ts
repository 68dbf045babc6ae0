import { CYCLE_CLASSES, type AnomalyType, type CycleClass } from './anomalies/anomaly-types.js';

/**
 * Each model with those that it is stronger than: what satisfies it satisfies them. The names and relations are those of Elle
 * (Adya; Bailis; Cerone; Daudjee and Salem).
 */
const WEAKER = {
  'read-uncommitted': [],
  'read-committed': ['read-uncommitted'],
  'monotonic-view': ['read-committed'],
  'monotonic-snapshot-read': ['read-committed'],
  'monotonic-atomic-view': ['read-committed'],
  'cursor-stability': ['read-committed'],
  'read-atomic': ['monotonic-atomic-view'],
  'causal-cerone': ['read-atomic'],
  prefix: ['causal-cerone'],
  'parallel-snapshot-isolation': ['causal-cerone'],
  'consistent-view': ['cursor-stability', 'monotonic-view'],
  'forward-consistent-view': ['consistent-view'],
  'repeatable-read': ['cursor-stability', 'monotonic-atomic-view'],
  'snapshot-isolation': [
    'forward-consistent-view',
    'monotonic-snapshot-read',
    'parallel-snapshot-isolation',
    'prefix',
    'monotonic-atomic-view',
  ],
  'update-serializable': ['forward-consistent-view'],
  serializable: ['repeatable-read', 'snapshot-isolation', 'update-serializable'],
  'strong-session-snapshot-isolation': ['snapshot-isolation'],
  'strong-session-serializable': ['serializable', 'strong-session-snapshot-isolation'],
  'strong-snapshot-isolation': ['strong-session-snapshot-isolation'],
  'strict-serializable': ['strong-session-serializable', 'strong-snapshot-isolation'],
} as const satisfies Record<string, readonly string[]>;

export type ConsistencyModel = keyof typeof WEAKER;

/** From the weakest. */
export const CONSISTENCY_MODELS = Object.keys(WEAKER) as readonly ConsistencyModel[];

/** The weakest models that exclude a cycle that exists without the order of processes or time. */
const EXCLUDED_BY_CLASS: Readonly<Record<CycleClass, readonly ConsistencyModel[]>> = {
  G0: ['read-uncommitted'],
  G1c: ['read-committed'],
  'G-single': ['consistent-view', 'parallel-snapshot-isolation', 'repeatable-read'],
  'G-nonadjacent': ['snapshot-isolation', 'repeatable-read'],
  'G2-item': ['repeatable-read'],
};

const EXCLUDED_BY: Readonly<Partial<Record<AnomalyType, readonly ConsistencyModel[]>>> = {
  G1a: ['read-committed'],
  G1b: ['read-committed'],
  internal: ['read-atomic'],
  'future-read': ['read-committed'],
  'unwritten-read': ['read-uncommitted'],
  'duplicate-elements': ['read-uncommitted'],
  'cyclic-versions': ['read-uncommitted'],
  'incompatible-order': ['read-committed'],
  'dirty-update': ['read-committed'],
  'lost-update': ['cursor-stability', 'parallel-snapshot-isolation'],
  'fractured-read': ['read-atomic', 'repeatable-read', 'consistent-view'],
  'long-fork': ['prefix', 'snapshot-isolation', 'repeatable-read'],
  'stale-read': ['strong-snapshot-isolation'],
  'lost-append': ['strong-snapshot-isolation'],
};

function directlyExcluded(type: AnomalyType): readonly ConsistencyModel[] {
  const listed = EXCLUDED_BY[type];
  if (listed !== undefined) return listed;
  const name = CYCLE_CLASSES.find((candidate) => candidate === type);
  if (name !== undefined) return EXCLUDED_BY_CLASS[name];
  const needsSerializability = type.startsWith('G2-item');
  if (type.endsWith('-process'))
    return [needsSerializability ? 'strong-session-serializable' : 'strong-session-snapshot-isolation'];
  return [needsSerializability ? 'strict-serializable' : 'strong-snapshot-isolation'];
}

/** The model itself and all that are weaker. */
export function impliedModels(model: ConsistencyModel): Set<ConsistencyModel> {
  const implied = new Set<ConsistencyModel>([model]);
  for (const each of implied) for (const weaker of WEAKER[each]) implied.add(weaker);
  return implied;
}

export interface RuledOut {
  /** The weakest models that the anomalies contradict. */
  readonly not: readonly ConsistencyModel[];
  /** All others, which are stronger than one of these. */
  readonly alsoNot: readonly ConsistencyModel[];
}

/** Which models a history with these anomalies cannot have come from. */
export function ruledOutBy(anomalies: Iterable<AnomalyType>): RuledOut {
  const excluded = new Set([...anomalies].flatMap(directlyExcluded));
  const all = CONSISTENCY_MODELS.filter((model) => [...impliedModels(model)].some((implied) => excluded.has(implied)));
  const not = all.filter((model) => ![...impliedModels(model)].some((implied) => implied !== model && all.includes(implied)));
  return { not, alsoNot: all.filter((model) => !not.includes(model)) };
}
