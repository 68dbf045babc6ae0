/** A value for the user, who may change it: never the one that a cache or a buffer holds. */
export function copyOf(value: Uint8Array | undefined | null): Uint8Array | undefined {
  return value === undefined || value === null ? undefined : Buffer.from(value);
}
