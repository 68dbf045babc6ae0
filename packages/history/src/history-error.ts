/**
 * - `Unreadable`: a file or text is not a history in EDN or JSON.
 * - `InvalidHistory`: it is one, but contradicts the rules that the judgement rests on (a value appended twice to one key).
 * - `InvalidArgument`: an option or argument is wrong.
 */
export type HistoryErrorCode = 'Unreadable' | 'InvalidHistory' | 'InvalidArgument';

/** The one error of this package. Tell its kinds apart by `code`. */
export class HistoryError extends Error {
  override readonly name = 'HistoryError';

  constructor(
    readonly code: HistoryErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
