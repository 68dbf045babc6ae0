import type { Router } from '../catalog/index.js';
import type { Timestamp } from '../clock/index.js';
import type { Span } from '../keys/index.js';

/** The timestamp of the last commit that wrote in a span, over all shards; 0 when there was none. */
export async function latestTimestamp(router: Router, span: Span, attempt = 1): Promise<Timestamp> {
  const pieces = router.pieces(span).map(async ({ route, span: piece }) => {
    try {
      return await route.shard.latestTimestamp({ routes: route.routes, span: piece });
    } catch (error) {
      await router.heal(error, piece, attempt);
      return await latestTimestamp(router, piece, attempt + 1);
    }
  });
  return Math.max(0, ...(await Promise.all(pieces)));
}
