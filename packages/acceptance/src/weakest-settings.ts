import type { ServerKind } from '@pandakv/testbed';

/** Settings of servers that would break an engine which trusted in them: none of them may matter. */
export const WEAKEST_SETTINGS: Readonly<Record<ServerKind, Readonly<Record<string, string>>>> = {
  mariadb: {
    'transaction-isolation': 'READ-UNCOMMITTED',
    'innodb-snapshot-isolation': 'ON',
    'sql-mode': '',
    'character-set-server': 'latin1',
    'collation-server': 'latin1_swedish_ci',
    'default-time-zone': '+05:30',
  },
  mysql: {
    'transaction-isolation': 'READ-UNCOMMITTED',
    'sql-mode': '',
    'character-set-server': 'latin1',
    'collation-server': 'latin1_swedish_ci',
    'default-time-zone': '+05:30',
  },
  postgres: {
    default_transaction_isolation: 'read uncommitted',
    synchronous_commit: 'off',
    bytea_output: 'escape',
    standard_conforming_strings: 'off',
    timezone: 'Asia/Kolkata',
  },
};
