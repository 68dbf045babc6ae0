/** A statement that each connection prepares once, when it first needs it. */
export interface Statement {
  /** Unique among the statements of an engine; empty for one that is run once, and not kept. */
  readonly name: string;
  readonly text: string;
  /** Types of the parameters, as PostgreSQL numbers them. */
  readonly types: readonly number[];
}

/** A statement with its parameters, in PostgreSQL's binary form. */
export interface Step {
  readonly statement: Statement;
  readonly values: readonly (Buffer | null)[];
}
