export { ERROR_CODES, type ErrorCode } from './error-codes.js';
export { PandaError, type ErrorFacts } from './panda-error.js';
export { invariant } from './invariant.js';
