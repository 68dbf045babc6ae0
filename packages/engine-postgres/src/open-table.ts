import { PandaError, type Durability } from '@pandakv/core/engine';
import { TYPE } from './binary-values.js';
import type { Connections } from './connections.js';
import { nativeCode } from './error-map.js';
import type { Fields } from './message-splitter.js';
import type { Step } from './statement.js';
import { checkMarker, MARKER } from './store-marker.js';
import { quoteIdentifier, quoteTable, type TableName } from './table-name.js';

const VERSION_MIN = 13;

/** The columns of a store, as {@link INSPECT} tells them: name, type, and whether it is `NOT NULL`. */
const COLUMNS = `k ${TYPE.bytea} true,v ${TYPE.bytea} true`;

/** Duplicate schema or table, and the unique indexes of the catalog that two creations at once run into. */
const RACED = new Set(['42P06', '42P07', '42710', '23505']);
const RACES_MAX = 5;

const INSPECT = `
  SELECT current_setting('server_version_num'), current_setting('fsync'), current_setting('full_page_writes'),
    n.oid IS NOT NULL, c.oid IS NOT NULL, c.relkind::text || c.relpersistence::text, obj_description(c.oid, 'pg_class'),
    (SELECT string_agg(concat_ws(' ', attname, atttypid::text, attnotnull::text), ',' ORDER BY attnum)
      FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped),
    (SELECT string_agg(attname, ',') FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
      WHERE conrelid = c.oid AND contype = 'p')
  FROM (SELECT) AS one
  LEFT JOIN pg_namespace AS n ON n.nspname = $1
  LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = $2`;

interface Inspection {
  readonly durability: Durability;
  readonly hasSchema: boolean;
  readonly hasTable: boolean;
  /** `rp` for an ordinary table whose rows are logged. */
  readonly kind: string | undefined;
  readonly comment: string | undefined;
  readonly columns: string | undefined;
  /** Its columns. */
  readonly primaryKey: string | undefined;
}

/**
 * Makes sure that the table is a store, creating it where nothing is; two processes may do so at once.
 *
 * @returns how durable writes are on this server
 * @throws PandaError `InvalidArgument` for what is not ours or newer, `Corruption` for a store that was altered; the driver's
 *   errors
 */
export async function openTable(connections: Connections, name: TableName): Promise<Durability> {
  for (let attempt = 1; ; attempt++) {
    const found = await inspect(connections, name);
    if (found.hasTable) {
      checkTable(found, quoteTable(name));
      return found.durability;
    }
    try {
      await connections.run(creation(name, found.hasSchema));
    } catch (error) {
      if (attempt === RACES_MAX || !RACED.has(nativeCode(error) ?? '')) throw error;
    }
  }
}

async function inspect(connections: Connections, { schema, table }: TableName): Promise<Inspection> {
  const values = [schema, table].map((name) => Buffer.from(name));
  let row: Fields = [];
  const statement = { name: '', text: INSPECT, types: [TYPE.text, TYPE.text] };
  await connections.run([{ statement, values }], (fields) => (row = fields));
  const texts = row.map((field) => field?.toString());
  const [version, fsync, fullPageWrites, , , kind, comment, columns, primaryKey] = texts;
  if (Number(version) < VERSION_MIN * 10_000) {
    throw new PandaError('InvalidArgument', `The server is older than PostgreSQL ${VERSION_MIN}`);
  }
  return {
    // Without full pages in the log, a loss of power can leave a page that is half old and half new.
    durability: fsync === 'on' && fullPageWrites === 'on' ? 'synced' : 'process-crash',
    hasSchema: row[3]?.[0] === 1,
    hasTable: row[4]?.[0] === 1,
    kind,
    comment,
    columns,
    primaryKey,
  };
}

function checkTable({ kind, comment, columns, primaryKey }: Inspection, place: string): void {
  checkMarker(comment, place);
  if (kind === 'ru') {
    throw new PandaError('InvalidArgument', `The table is UNLOGGED, so that a crash of the server would empty it: ${place}`);
  }
  if (kind !== 'rp' || columns !== COLUMNS || primaryKey !== 'k') {
    throw new PandaError('Corruption', `The table of the store was altered: ${place}`);
  }
}

/**
 * All in one transaction, so that a table of ours has its marker whenever anybody can see it.
 *
 * - `k` and `v` EXTERNAL: never compressed. Compressed keys would have to be unpacked for every comparison; values are the
 *   users' to compress. What does not fit a page lies beside the table, as always.
 * - `fillfactor` 85: an update finds room on its row's page, and then needs no new entry in the index (HOT). The guard is
 *   updated with every group.
 * - autovacuum at 5 % and not 20 %: history and journal are deleted steadily, and scans pass over what is not yet removed.
 */
function creation(name: TableName, hasSchema: boolean): Step[] {
  const table = quoteTable(name);
  const texts = [
    `CREATE TABLE ${table} (k bytea NOT NULL PRIMARY KEY, v bytea NOT NULL) USING heap
      WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05)`,
    `ALTER TABLE ${table} ALTER COLUMN k SET STORAGE EXTERNAL, ALTER COLUMN v SET STORAGE EXTERNAL`,
    `COMMENT ON TABLE ${table} IS '${MARKER}'`,
  ];
  if (!hasSchema) texts.unshift(`CREATE SCHEMA ${quoteIdentifier(name.schema)}`);
  return texts.map((text) => ({ statement: { name: '', text, types: [] }, values: [] }));
}
