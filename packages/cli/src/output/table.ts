import Table from 'cli-table3';

/** No colours: a table may go to a file. */
const PLAIN = { head: [], border: [], compact: true };

export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const drawn = new Table({ head: [...head], style: PLAIN });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}

/** Two columns: what it is, and how much. */
export function facts(rows: readonly (readonly [string, string])[]): string {
  const drawn = new Table({ style: PLAIN, colAligns: ['left', 'right'] });
  for (const row of rows) drawn.push([...row]);
  return drawn.toString();
}
