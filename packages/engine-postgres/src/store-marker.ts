import { PandaError } from '@pandakv/core/engine';

/** The layout that this version writes, and the newest that it reads. */
const FORMAT = 1;
const ENGINE = 'postgres';

/** The comment on a table that says that it is a store of this engine. */
export const MARKER = JSON.stringify({ panda: 'store', engine: ENGINE, format: FORMAT });

/**
 * Returns if the comment is the marker of a store that this version can open.
 *
 * @param place for people: the table
 * @throws PandaError `InvalidArgument` for no marker, another engine's, or that of a newer format
 */
export function checkMarker(comment: string | undefined, place: string): void {
  const marker = parse(comment);
  if (marker === undefined) {
    throw new PandaError('InvalidArgument', `There is a table of this name, and it is not a store of Panda's: ${place}`);
  }
  if (marker.engine !== ENGINE) throw new PandaError('InvalidArgument', `This is a store of another engine: ${place}`);
  if (marker.format > FORMAT) {
    const message = `This store has format ${marker.format}, this version reads up to ${FORMAT}: ${place}`;
    throw new PandaError('InvalidArgument', message);
  }
}

function parse(comment: string | undefined): { engine: unknown; format: number } | undefined {
  if (comment === undefined) return undefined;
  try {
    const { panda, engine, format } = JSON.parse(comment) as { panda?: unknown; engine?: unknown; format?: unknown };
    const isMarker = panda === 'store' && Number.isSafeInteger(format) && (format as number) >= 1;
    return isMarker ? { engine, format: format as number } : undefined;
  } catch {
    return undefined;
  }
}
