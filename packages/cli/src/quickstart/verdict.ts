/** Problems told in full. */
const TOLD_MAX = 20;

/** What a verification has found so far. */
export class Verdict {
  /** As on disk. */
  files = 0;
  directories = 0;
  /** Changed on disk since they were imported, or gone: nothing can be said of them. */
  changedOnDisk = 0;
  /** Moves that the directories remember. */
  moves = 0;
  /** Entries found in the database, by kind, whatever the disk says of them. */
  foundFiles = 0;
  foundDirectories = 0;
  #problems = 0;
  readonly #told: string[] = [];

  problem(text: string): void {
    this.#problems++;
    if (this.#told.length < TOLD_MAX) this.#told.push(text);
  }

  /** The first problems, and how many more there are. */
  get problems(): string[] {
    const more = this.#problems - this.#told.length;
    return more === 0 ? [...this.#told] : [...this.#told, `and ${more} more`];
  }

  get isGood(): boolean {
    return this.#problems === 0 && this.files + this.directories > 0;
  }
}
