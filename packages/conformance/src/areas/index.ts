import type { Area } from '../conformance-test.js';
import { BATCHES } from './batches.js';
import { BUFFERS } from './buffers.js';
import { CAPABILITIES } from './capabilities.js';
import { CLIENTS } from './clients.js';
import { CLOSING } from './closing.js';
import { CONNECTIONS } from './connections.js';
import { CRASH } from './crash.js';
import { DELETE_RANGES } from './delete-ranges.js';
import { ERRORS } from './errors.js';
import { GET } from './get.js';
import { GUARD } from './guard.js';
import { KEYS } from './keys.js';
import { LIMITS } from './limits.js';
import { MODEL } from './model.js';
import { PAGING } from './paging.js';
import { SERVER } from './server.js';
import { VALUES } from './values.js';
import { VISIBILITY } from './visibility.js';

/** The whole suite, in the order in which it runs. */
export const AREAS: readonly Area[] = [
  KEYS,
  VALUES,
  GET,
  PAGING,
  BATCHES,
  DELETE_RANGES,
  GUARD,
  VISIBILITY,
  BUFFERS,
  LIMITS,
  MODEL,
  CLIENTS,
  CLOSING,
  CAPABILITIES,
  ERRORS,
  CRASH,
  SERVER,
  CONNECTIONS,
];
