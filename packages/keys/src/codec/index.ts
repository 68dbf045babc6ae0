export { bytes } from './bytes.js';
export type { Codec } from './codec.js';
export { json } from './json.js';
export { schema } from './schema.js';
export { text } from './text.js';
