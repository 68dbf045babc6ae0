export { Collection, type CollectionOptions, type CollectionScan, type Source, type Target } from './collection.js';
export type { KeyOf, KeyPart, KeyPartTypes, KeyStart } from './key-part.js';
