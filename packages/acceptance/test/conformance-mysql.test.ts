import { conformanceOfServer } from './conformance-of-server.js';

await conformanceOfServer('mysql');
