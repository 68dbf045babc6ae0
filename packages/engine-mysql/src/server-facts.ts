import { PandaError, type EngineCapabilities } from '@pandakv/core/engine';
import type { RowDataPacket } from 'mysql2';
import type { ServerConnection } from './server-connection.js';

const MIB = 1024 * 1024;

/** Larger ones are taken, too, but they keep the server busy for long. */
const BATCH_BYTES_MAX = 64 * MIB;

const NAMES = ['version', 'innodb_flush_log_at_trx_commit', 'log_bin', 'sync_binlog', 'binlog_format'];

/**
 * What the store can promise, on this server as it is configured now.
 *
 * @throws PandaError `InvalidArgument` for a server that the engine cannot work with
 */
export async function readCapabilities(connection: ServerConnection): Promise<EngineCapabilities> {
  const list = NAMES.map((name) => `'${name}'`).join(',');
  const [rows] = (await connection.query(`SHOW VARIABLES WHERE Variable_name IN (${list})`, 1)) as [RowDataPacket[]];
  const variables = new Map(rows.map((row) => [String(row['Variable_name']).toLowerCase(), String(row['Value'])]));
  checkVersion(variables.get('version') ?? '');
  const hasLog = variables.get('log_bin') === 'ON';
  if (hasLog && variables.get('binlog_format') === 'STATEMENT') {
    throw new PandaError('InvalidArgument', 'The binary log of the server must not be of the format STATEMENT, but ROW or MIXED');
  }
  const flushes = variables.get('innodb_flush_log_at_trx_commit') === '1';
  // With a binary log, recovery goes by what that holds.
  const isSynced = flushes && (!hasLog || variables.get('sync_binlog') === '1');
  return {
    durability: isSynced ? 'synced' : 'process-crash',
    batchBytesMax: BATCH_BYTES_MAX,
    estimateExact: false,
    multiProcess: true,
  };
}

/** MariaDB says `10.11.6-MariaDB`, some of its proxies and older drivers' friends `5.5.5-10.11.6-MariaDB`. */
function checkVersion(version: string): void {
  const isMariaDb = /mariadb/i.test(version);
  const [, major, minor] = /^(?:5\.5\.5-)?(\d+)\.(\d+)/.exec(version) ?? [];
  const [leastMajor, leastMinor] = isMariaDb ? [10, 6] : [8, 0];
  if (Number(major) > leastMajor || (Number(major) === leastMajor && Number(minor) >= leastMinor)) return;
  throw new PandaError('InvalidArgument', `The server must be MySQL 8.0 or MariaDB 10.6, or newer; it is ${version}`);
}
