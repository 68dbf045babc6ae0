import { type ServerKind } from '../server.js';
import { type Client } from './client.js';
import { mysqlClient } from './mysql-client.js';
import { postgresClient } from './postgres-client.js';

export type { Client } from './client.js';

export const CLIENTS: Readonly<Record<ServerKind, Client>> = {
  mariadb: mysqlClient,
  mysql: mysqlClient,
  postgres: postgresClient,
};
