/** Which ranges there are, and which shard serves each. */
export { Catalog } from './catalog.js';
export { planLayout, type Split } from './layout.js';
export type { RangeDescriptor } from './range-descriptor.js';
export { Router, type Route } from './router.js';
