/** What abstract-level has operations fail with whose signal was aborted. */
export class AbortError extends Error {
  readonly code = 'LEVEL_ABORTED';
  override readonly name = 'AbortError';

  constructor(cause: unknown) {
    super('Operation has been aborted', { cause });
  }
}
