import { PandaError } from '@pandakv/core/engine';
import { Double, Uuid, Versionstamp, type TupleElement } from '../tuple/index.js';

/** What the parts of a collection's keys can be, and the types that the application sees. */
export interface KeyPartTypes {
  string: string;
  /** A safe integer. */
  integer: number;
  /** Any integer of up to 255 bytes. */
  bigint: bigint;
  /** Any number, as a double. */
  number: number;
  boolean: boolean;
  bytes: Uint8Array;
  /** As text. */
  uuid: string;
  versionstamp: Versionstamp;
}

export type KeyPart = keyof KeyPartTypes;

/** The keys of a collection whose parts are these. */
export type KeyOf<Parts extends readonly KeyPart[]> = { readonly [At in keyof Parts]: KeyPartTypes[Parts[At]] };

/** How a key can begin: some of its parts, but not all. */
export type KeyStart<Key extends readonly unknown[]> = Key extends readonly [infer First, ...infer Rest]
  ? readonly [] | (Rest extends readonly [] ? never : readonly [First, ...KeyStart<Rest>])
  : readonly [];

type ToElement = (value: unknown) => TupleElement | undefined;
type FromElement = (element: TupleElement) => unknown;

const same = (test: (value: unknown) => boolean): { to: ToElement; from: FromElement } => ({
  to: (value) => (test(value) ? (value as TupleElement) : undefined),
  from: (element) => (test(element) ? element : undefined),
});

/** To the element of a tuple and back; undefined where the value is of another type. */
const PARTS: { readonly [Part in KeyPart]: { readonly to: ToElement; readonly from: FromElement } } = {
  string: same((value) => typeof value === 'string'),
  integer: same(Number.isSafeInteger),
  bigint: {
    to: (value) => (typeof value === 'bigint' ? value : undefined),
    from: (element) => (typeof element === 'number' || typeof element === 'bigint' ? BigInt(element) : undefined),
  },
  number: {
    to: (value) => (typeof value === 'number' ? new Double(value) : undefined),
    from: (element) => (element instanceof Double ? element.value : undefined),
  },
  boolean: same((value) => typeof value === 'boolean'),
  bytes: same((value) => value instanceof Uint8Array),
  uuid: {
    to: (value) => (typeof value === 'string' ? new Uuid(value) : undefined),
    from: (element) => (element instanceof Uuid ? element.toString() : undefined),
  },
  versionstamp: same((value) => value instanceof Versionstamp),
};

export function checkKeyParts(parts: readonly KeyPart[]): void {
  const isList: boolean = Array.isArray(parts);
  const isRight = isList && parts.length > 0 && parts.every((part) => Object.hasOwn(PARTS, part));
  if (!isRight) throw new TypeError(`A collection's key is a list of its parts, of: ${Object.keys(PARTS).join(', ')}`);
}

/** The elements of a key, or of its first parts. */
export function elementsOf(parts: readonly KeyPart[], key: readonly unknown[]): TupleElement[] {
  return key.map((value, at) => {
    const element = PARTS[parts[at]!].to(value);
    if (element === undefined) throw new TypeError(`Part ${at + 1} of the key must be of type ${parts[at]!}`);
    return element;
  });
}

/** The parts of a key that was read; `InvalidArgument` if they are not what the collection's keys are made of. */
export function partsOf(parts: readonly KeyPart[], elements: readonly TupleElement[]): unknown[] {
  const values = elements.map((element, at) => (at < parts.length ? PARTS[parts[at]!].from(element) : undefined));
  if (elements.length !== parts.length || values.includes(undefined)) {
    throw new PandaError('InvalidArgument', `A key of the collection is not made of: ${parts.join(', ')}`);
  }
  return values;
}
