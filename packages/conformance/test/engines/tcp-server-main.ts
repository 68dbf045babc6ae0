/** A server of one store: the folder, the variant of its engine, and the port are its arguments. It says when it listens, and on which port. */
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { LogEngine } from './log-engine.js';
import { LOG_VARIANTS, type LogVariant } from './log-variants.js';
import { onMessages, send, toOutcome, type Call, type Request } from './tcp-protocol.js';

const [folder, variant, port] = process.argv.slice(2) as [string, LogVariant, string];

process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));

const engine: LogEngine = new LOG_VARIANTS[variant](join(folder, 'log'));

function serve(request: Call): Promise<unknown> {
  switch (request.call) {
    case 'hello':
      return Promise.resolve(undefined);
    case 'get':
      return engine.get(request.keys);
    case 'scan':
      return engine.scan(request.range, request.options);
    case 'write':
      return engine.write(request.batch);
    case 'estimate':
      return engine.estimate(request.range);
  }
}

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  socket.setNoDelay(true);
  onMessages(socket, (message) => {
    const { id, ...call } = message as Request;
    serve(call).then(
      (result) => send(socket, { id, result }),
      (error: unknown) => send(socket, { id, ...toOutcome(error) }),
    );
  });
});
server.listen(Number(port), '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
