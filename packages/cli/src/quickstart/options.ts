/** What `panda quickstart` was asked for; checked. */
export interface QuickstartOptions {
  /** The directory to import. */
  readonly source: string;
  /** The data folder. */
  readonly data: string;
  /** Whether to delete what the data folder holds first. */
  readonly fresh: boolean;
  /** Transactions at once. */
  readonly concurrency: number;
  /** How many directories are moved, over all runs. */
  readonly moves: number;
  /** Tasks that check snapshots while directories are moved. */
  readonly readers: number;
}
