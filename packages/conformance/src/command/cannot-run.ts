/** The suite cannot be run at all: the command ends with 2, and says why. */
export class CannotRun extends Error {}
