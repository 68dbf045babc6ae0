import { PandaError } from '@pandakv/core/engine';
import { createConnection, type ConnectionOptions, type RowDataPacket } from 'mysql2';
import { createConnection as createSocket, type Socket } from 'node:net';
import { ServerConnection } from './server-connection.js';
import { PACKET_BYTES_MIN, SESSION_STATEMENTS, sessionSql } from './session.js';
import type { Settings } from './settings.js';

const KEEP_ALIVE_MS = 30_000;

/**
 * Opens a connection, with its session set.
 *
 * @throws PandaError `InvalidArgument` for a server that takes too small packets; else what the driver says
 */
export async function connect(settings: Settings): Promise<ServerConnection> {
  const socket = openSocket(settings);
  const connection = new ServerConnection(createConnection(driverOptions(settings, socket)), socket, settings.requestTimeoutMs);
  try {
    await connection.shakeHands(settings.connectTimeoutMs);
    const answers = await connection.query(sessionSql(settings.requestTimeoutMs), SESSION_STATEMENTS);
    const [row] = answers.at(-1) as RowDataPacket[];
    connection.packetBytesMax = Number(row!['packet']);
  } catch (error) {
    connection.break(error);
    throw error;
  }
  if (connection.packetBytesMax < PACKET_BYTES_MIN) {
    const message = `max_allowed_packet of the server is ${connection.packetBytesMax}: it must be at least ${PACKET_BYTES_MIN}`;
    const error = new PandaError('InvalidArgument', `${message} bytes`);
    connection.break(error);
    throw error;
  }
  return connection;
}

function openSocket({ host, port, socketPath, connectTimeoutMs }: Settings): Socket {
  const socket = socketPath === undefined ? createSocket({ host, port, noDelay: true }) : createSocket({ path: socketPath });
  socket.setKeepAlive(true, Math.max(KEEP_ALIVE_MS, connectTimeoutMs));
  return socket;
}

function driverOptions(settings: Settings, socket: Socket): ConnectionOptions {
  const { user, password, database, tls, socketPath } = settings;
  return {
    // Ours, so that it can be destroyed: the driver would only end its half of it.
    stream: socket,
    connectTimeout: 0,
    // With TLS, the driver takes the name to ask for, and to look for in the certificate, from here.
    host: tls?.servername ?? settings.host,
    database: bytesAsText(database),
    charset: 'BINARY',
    multipleStatements: true,
    // The server may not ask for files of ours.
    flags: ['-LOCAL_FILES'],
    // Statements are sent as they are.
    queryFormat: (sql) => sql,
    ...(socketPath === undefined ? {} : { socketPath }),
    ...(user === undefined ? {} : { user: bytesAsText(user) }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { ssl: sslOptions(tls) }),
  };
}

function sslOptions({ material, rejectUnauthorized }: NonNullable<Settings['tls']>): NonNullable<ConnectionOptions['ssl']> {
  const { ca, cert, key } = material;
  return {
    rejectUnauthorized,
    verifyIdentity: rejectUnauthorized,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** Under the character set `binary`, the driver sends a character as a byte; the server takes names in UTF-8. */
function bytesAsText(name: string): string {
  return Buffer.from(name).toString('latin1');
}
