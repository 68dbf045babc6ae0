import { PandaError } from '@pandakv/core/engine';

/** The layout that this version writes, and the newest that it reads. */
const FORMAT = 1;
const ENGINE = 'level';

/** What says that a folder or a database is a store of this engine. */
export const MARKER = Buffer.from(`${JSON.stringify({ format: FORMAT, engine: ENGINE })}\n`);

/** A marker is a line; whatever is longer than this is none. */
export const MARKER_BYTES_MAX = 4_096;

/**
 * Returns if it is the marker of a store that this version can open.
 *
 * @param place for people: where the marker was found
 * @throws PandaError `InvalidArgument` for another engine's marker or a newer format, `Corruption` for what is no marker
 */
export function checkMarker(marker: Uint8Array, place: string): void {
  const { format, engine } = parse(marker, place);
  if (engine !== ENGINE) throw new PandaError('InvalidArgument', `This is a store of the engine '${engine}': ${place}`);
  if (format > FORMAT) {
    throw new PandaError('InvalidArgument', `This store has format ${format}, this version reads up to ${FORMAT}: ${place}`);
  }
}

function parse(marker: Uint8Array, place: string): { format: number; engine: string } {
  try {
    const { format, engine } = JSON.parse(new TextDecoder().decode(marker)) as { format: unknown; engine: unknown };
    if (Number.isSafeInteger(format) && (format as number) >= 1 && typeof engine === 'string' && /^[\w-]{1,64}$/.test(engine)) {
      return { format: format as number, engine };
    }
  } catch (cause) {
    throw new PandaError('Corruption', `The marker of the store cannot be read: ${place}`, { cause });
  }
  throw new PandaError('Corruption', `The marker of the store does not say what a marker says: ${place}`);
}
