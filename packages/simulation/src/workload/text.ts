/** Workloads write keys and values as text of characters up to 0xff: a byte each. */
export function asBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

export function asText(bytes: Uint8Array): string;
export function asText(bytes: Uint8Array | undefined): string | undefined;
export function asText(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('latin1');
}
