/** Keys and values without bytes: tuples that sort, subspaces, codecs and typed collections. */
export { bytes, json, schema, text, type Codec } from './codec/index.js';
export {
  Collection,
  type CollectionOptions,
  type CollectionScan,
  type KeyOf,
  type KeyPart,
  type KeyPartTypes,
  type KeyStart,
  type Source,
  type Target,
} from './collection/index.js';
export { Subspace } from './subspace.js';
export {
  Double,
  Float,
  pack,
  packIncomplete,
  unpack,
  Uuid,
  Versionstamp,
  type IncompleteKey,
  type Tuple,
  type TupleElement,
} from './tuple/index.js';
