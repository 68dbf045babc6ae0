export { hasMysql } from './has-mysql.js';
export { SERVER_KINDS, type Server, type ServerKind, type ServerOptions } from './server.js';
export { sharedServer } from './shared-server.js';
export { startServer } from './start-server.js';
