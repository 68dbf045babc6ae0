/** The guard key of a write did not hold what was expected. Nothing has changed: the one definite failure of a write. */
export class GuardMismatch extends Error {
  readonly code = 'GuardMismatch';

  constructor(message = 'The guard key does not hold the expected value') {
    super(message);
    this.name = 'GuardMismatch';
  }

  /** By code, so that it also holds over two installed copies of this package. */
  static is(error: unknown): error is GuardMismatch {
    return error instanceof Error && (error as { code?: unknown }).code === 'GuardMismatch';
  }
}
