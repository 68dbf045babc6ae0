import { type Command } from '../supervisor/messages.js';
import { type SystemUser } from './system-user.js';

/** A server's program on this machine. */
export interface Installation {
  /** Absolute path of the server's binary. */
  readonly binary: string;
  /** What `--version` prints. */
  readonly version: string;
  /** Options that come before all others. */
  readonly firstOptions: readonly string[];
}

/** What the commands of a server are made from. */
export interface Site extends Installation {
  /** Who it runs as; undefined: as this process. */
  readonly user: SystemUser | undefined;
  /** Absolute path of the server's own folder. */
  readonly folder: string;
  /** Absolute path of its data, inside of the folder. */
  readonly data: string;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** How the servers of one kind are initialised and run on this machine. */
export interface Product {
  /** The user that the server's own package makes. */
  readonly systemUser: string;
  /** Makes the data folder. */
  initialize(site: Site): Command;
  /** Files of the data folder that no two servers may share. */
  readonly unsharedFiles: readonly string[];
  /** Called before the first start on a data folder, whose superuser nobody can log in as. */
  beforeFirstStart(site: Site, login: Login): Promise<readonly Command[]>;
  /** Called when it took connections for the first time. */
  afterFirstStart(site: Site): Promise<void>;
  /** Called before each start: nothing of it runs. */
  beforeStart(site: Site): Promise<void>;
  serve(site: Site, port: number, settings: Readonly<Record<string, string>>): Command;
  /** Asks the server to end in an orderly way, without waiting for its clients. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
}
