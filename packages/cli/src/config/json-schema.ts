import { z } from 'zod';
import { configSchema } from './config-schema.js';

/** The JSON Schema of configuration files, as `panda.config.schema.json` holds it. */
export function jsonSchema(): unknown {
  return z.toJSONSchema(configSchema, { io: 'input' });
}
