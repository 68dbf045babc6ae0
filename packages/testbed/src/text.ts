const TAIL_CHARACTERS = 2_000;

/** The end of what a program wrote, for an error message. */
export const tailOf = (text: string): string => text.trim().slice(-TAIL_CHARACTERS);
