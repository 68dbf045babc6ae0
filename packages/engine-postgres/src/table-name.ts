/** Where a store lies in a database. */
export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/** An identifier that means exactly this name. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table, for use in a statement. */
export function quoteTable({ schema, table }: TableName): string {
  return `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}
