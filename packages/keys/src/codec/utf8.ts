import { PandaError } from '@pandakv/core/engine';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new PandaError('InvalidArgument', 'The value is not UTF-8');
  }
}
