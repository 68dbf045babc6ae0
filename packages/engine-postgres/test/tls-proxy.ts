import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Made for these tests, signed by itself, for the name `db.test`, valid from 2020 to 2120. */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBXDCCAQGgAwIBAgIBATAKBggqhkjOPQQDAjASMRAwDgYDVQQDDAdkYi50ZXN0
MCAXDTIwMDEwMTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjASMRAwDgYDVQQDDAdk
Yi50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEiKQ8o/qNGvtbppV8Ia+x
R1fA1KAULgE/pNG0HIGzol/QnlZvXZeWvQC6p1B52VYl6mVa0/tni5AA+B/DnsHg
uaNGMEQwEgYDVR0RBAswCYIHZGIudGVzdDAPBgNVHRMBAf8EBTADAQH/MB0GA1Ud
DgQWBBSElZPOGCCVdVASgn5poGfWIFyB0jAKBggqhkjOPQQDAgNJADBGAiEAtqfT
QaKvmdHyEZO4zAVG4dIM6+JParHzPSfOCdkf8G8CIQCGoLCzuehoQiFR8/tp3QY7
1UKHB+dyq+OOd/mZJo5obw==
-----END CERTIFICATE-----
`;
const KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgsQItQcze5u2lK7+p
cTm3jaSTRX98OppiR5MIZouyE6qhRANCAASIpDyj+o0a+1umlXwhr7FHV8DUoBQu
AT+k0bQcgbOiX9CeVm9dl5a9ALqnUHnZViXqZVrT+2eLkAD4H8OeweC5
-----END PRIVATE KEY-----
`;

const SSL_REQUEST_BYTES = 8;

/** Speaks TLS with clients as a PostgreSQL server does, and passes what they say on in plain. */
export class TlsProxy {
  /** The names that clients asked for, and whether they showed a certificate. */
  readonly clients: { servername: string | undefined; hasCertificate: boolean }[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly port: number,
  ) {}

  static async before(url: string): Promise<TlsProxy> {
    const target = new URL(url);
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new TlsProxy(server, (server.address() as AddressInfo).port);
    server.on('connection', (client) => void proxy.pass(client, Number(target.port), target.hostname));
    return proxy;
  }

  async close(): Promise<void> {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private async pass(plain: Socket, port: number, host: string): Promise<void> {
    this.keep(plain);
    await once(plain, 'readable');
    plain.read(SSL_REQUEST_BYTES);
    plain.write('S');
    const client = new TLSSocket(plain, {
      isServer: true,
      cert: CERTIFICATE,
      key: KEY,
      requestCert: true,
      rejectUnauthorized: false,
    });
    this.keep(client);
    client.on('secure', () => {
      const { servername } = client as { servername?: string | false };
      const hasCertificate = Object.keys(client.getPeerCertificate()).length > 0;
      this.clients.push({ servername: servername === false ? undefined : servername, hasCertificate });
      const server = connect(port, host);
      this.keep(server);
      server.on('close', () => client.destroy());
      client.on('close', () => server.destroy());
      client.pipe(server).pipe(client);
    });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }
}

/** For a client to show: it is taken from anybody. */
export const CLIENT_KEY = KEY;
