/** What `panda quickstart` was asked for; checked. */
export interface QuickstartOptions {
  /** The directory to import. */
  readonly source: string;
  /** Transactions at once. */
  readonly concurrency: number;
  /** How many directories are moved, over all runs. */
  readonly moves: number;
  /** Tasks that check snapshots while directories are moved. */
  readonly readers: number;
}
