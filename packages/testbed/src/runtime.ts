import { type Access } from './access.js';

/** What runs an owned server: processes of this machine, or a container. */
export interface Runtime {
  readonly access: Access;
  /** Takes another port, before the server's first start. */
  movePort(): Promise<void>;
  /** Starts the server; resolves without waiting until it takes connections. */
  launch(): Promise<void>;
  /** Why the server is not running, if it ended by itself; a {@link PortTakenError} if that is why. */
  failure(): Promise<Error | undefined>;
  /** Called when the server took connections for the first time. */
  ready(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the server and removes what belongs to it. */
  close(): Promise<void>;
}
