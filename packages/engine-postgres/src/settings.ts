import type { ConnectionOptions } from 'node:tls';

/** Options with their defaults in, and the connection string taken apart. */
export interface Settings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string | undefined;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly connections: number;
  readonly queueMax: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly tls: ConnectionOptions | false;
  readonly applicationName: string;
}
