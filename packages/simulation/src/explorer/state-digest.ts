import { createHash } from 'node:crypto';

/** Identifies a state by the texts of which it consists, in whatever order. */
export function digestOf(texts: readonly string[]): string {
  return createHash('sha1')
    .update([...texts].sort().join('\n'))
    .digest('base64');
}
