import { PandaError } from '@pandakv/core/engine';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { Codec } from './codec.js';
import { decodeJson, encodeJson } from './json.js';

/**
 * Values of any schema that follows Standard Schema (Zod, Valibot, ArkType and others), as JSON of what goes into the schema.
 *
 * A value is checked as it will be read: its JSON is parsed and validated before anything is written, and whenever it is read. So
 * whatever was written can be read, and what a schema adds or transforms is done in reading. A value that does not fit fails with
 * `InvalidArgument`, which names the places and has the issues of the schema as its cause. The schema must answer without a promise.
 *
 * @see https://standardschema.dev
 */
export function schema<In, Out>(standardSchema: StandardSchemaV1<In, Out>): Codec<In, Out> {
  const standard = standardSchema?.['~standard'];
  if (typeof standard?.validate !== 'function') throw new TypeError('schema() takes a schema that follows Standard Schema');
  return {
    encode(value) {
      const bytes = encodeJson(value);
      validated(standard, decodeJson(bytes));
      return bytes;
    },
    decode: (bytes) => validated(standard, decodeJson(bytes)),
  };
}

function validated<In, Out>(standard: StandardSchemaV1.Props<In, Out>, value: unknown): Out {
  const result = standard.validate(value);
  if (result instanceof Promise) throw new TypeError('A schema that answers with a promise cannot be a codec');
  if (result.issues === undefined) return result.value;
  const places = result.issues.map(placeOf).join(', ');
  throw new PandaError('InvalidArgument', `The value does not fit its schema: ${places}`, { cause: result.issues });
}

function placeOf({ path = [] }: StandardSchemaV1.Issue): string {
  if (path.length === 0) return 'as a whole';
  return `at ${path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')}`;
}
