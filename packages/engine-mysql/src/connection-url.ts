/** What a connection string looks like, for people. */
export const URL_FORM = 'mysql://user:password@host:port/database';

/** What a connection string may say. */
export interface UrlParts {
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database?: string;
  socketPath?: string;
  table?: string;
  connections?: number;
  queueMax?: number;
  connectTimeoutMs?: number;
  requestTimeoutMs?: number;
  tls?: boolean;
}

/**
 * Reads a connection string. Every part that is there is set; whether it is in bounds is the schema's to say.
 *
 * @returns `undefined` for one that cannot be meant so; no reason, since any part of it may be the password
 */
export function readUrl(text: string): UrlParts | undefined {
  try {
    const url = new URL(text);
    if (!/^(mysql|mariadb):$/.test(url.protocol) || url.hash !== '') return undefined;
    const path = url.pathname.slice(1);
    // A password with a slash in it that is not encoded ends here.
    if (/[/@]/.test(path)) return undefined;
    const parts: UrlParts = {};
    if (url.hostname !== '') parts.host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, '$1');
    if (url.port !== '') parts.port = Number(url.port);
    if (url.username !== '') parts.user = decodeURIComponent(url.username);
    if (url.password !== '') parts.password = decodeURIComponent(url.password);
    if (path !== '') parts.database = decodeURIComponent(path);
    for (const [name, value] of url.searchParams) if (!readParameter(parts, name, value)) return undefined;
    return parts;
  } catch {
    return undefined;
  }
}

function readParameter(parts: UrlParts, name: string, value: string): boolean {
  switch (name) {
    case 'socketPath':
    case 'table':
      parts[name] = value;
      return true;
    case 'connections':
    case 'queueMax':
    case 'connectTimeoutMs':
    case 'requestTimeoutMs':
      parts[name] = Number(value);
      return /^\d+$/.test(value);
    case 'tls':
      parts.tls = value === 'true';
      return value === 'true' || value === 'false';
    default:
      return false;
  }
}
