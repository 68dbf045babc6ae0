import { PandaError } from '@pandakv/core/engine';
import { TYPE } from './binary-values.js';
import type { Settings } from './settings.js';
import type { Step } from './statement.js';

/** The server gives up this much later than the client, which so is the one that says that the outcome is unknown. */
const SERVER_GRACE_MS = 1_000;

/** What every session is given, whatever the server, the database or the role has by default. */
const SESSION_SETTINGS: Readonly<Record<string, string>> = {
  // A statement that waited for another one's row looks at it again; nothing fails for being concurrent.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  standard_conforming_strings: 'on',
  // Names mean what they mean in the catalog.
  search_path: 'pg_catalog',
  // Rows that a policy hides would be rows lost: rather an error.
  row_security: 'off',
  lock_timeout: '0',
  // One plan for each statement, made once, and the same whatever the statistics say or miss: by the primary key.
  plan_cache_mode: 'force_generic_plan',
  enable_indexscan: 'on',
  enable_nestloop: 'on',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
};

/** Every byte there is: sent and asked back, once for each connection. */
const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, i) => i));

function sessionText(statementTimeoutMs: number): string {
  const settings = { ...SESSION_SETTINGS, statement_timeout: String(statementTimeoutMs) };
  const columns = Object.entries(settings).map(([name, value]) => `set_config('${name}', '${value}', false)`);
  return `SELECT $1::bytea,
    set_config('synchronous_commit',
      CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false),
    (SELECT set_config(name, '0', false) FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout'),
    ${columns.join(', ')}`;
}

/** The first statement on a connection: sets what matters, and shows that bytes come through as they are. */
export function sessionStep({ requestTimeoutMs }: Settings): Step {
  const text = sessionText(requestTimeoutMs + SERVER_GRACE_MS);
  return { statement: { name: '', text, types: [TYPE.bytea] }, values: [EVERY_BYTE] };
}

/** The error of a session that cannot be used. */
export function checkSession([echo]: readonly (Buffer | null)[]): PandaError | undefined {
  if (Buffer.isBuffer(echo) && echo.equals(EVERY_BYTE)) return undefined;
  return new PandaError('InvalidArgument', 'This version of the driver pg, or a proxy before the server, does not pass bytes on');
}
