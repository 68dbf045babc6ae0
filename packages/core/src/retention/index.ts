/** How long superseded versions are kept, and who says so. */
export { Retention, type PrefixRetention, type Protection, type RetentionStatus } from './retention.js';
