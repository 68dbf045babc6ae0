export { Double } from './double.js';
export type { Tuple, TupleElement } from './element.js';
export { Float } from './float.js';
export { pack, packAfter, packIncomplete, unpack, type IncompleteKey } from './pack.js';
export { Uuid } from './uuid.js';
export { Versionstamp } from './versionstamp.js';
