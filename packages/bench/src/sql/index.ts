/** Panda over a SQL database against the raw driver. */
import { commit64, commitTwoShards } from './commits.js';
import { openMysqlSide } from './mariadb.js';
import { openPostgresSide } from './postgres.js';
import type { Side } from './raw-store.js';
import { reads } from './reads.js';
import { openSqliteSide } from './sqlite.js';
import type { SqlBenchmark } from './sql-benchmark.js';

export const SQL_BENCHMARKS: readonly SqlBenchmark[] = [commit64, reads, commitTwoShards];

/** The databases, by the name of the command. */
export const SIDES: Readonly<Record<string, (folder: string) => Promise<Side>>> = {
  mariadb: () => openMysqlSide('mariadb'),
  mysql: () => openMysqlSide('mysql'),
  postgres: () => openPostgresSide(),
  sqlite: (folder) => Promise.resolve(openSqliteSide(folder)),
};
