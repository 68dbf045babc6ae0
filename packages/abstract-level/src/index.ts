/** An abstract-level database over a Panda database. */
export { PandaLevel, type PandaLevelOptions } from './panda-level.js';
