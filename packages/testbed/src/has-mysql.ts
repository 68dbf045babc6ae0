import { isDockerThere } from './docker/engine.js';
import { findInstallation, MYSQLD_VARIABLE } from './local/binaries.js';
import { URL_VARIABLES } from './named-url.js';

const isSet = (variable: string): boolean => (process.env[variable] ?? '') !== '';

/**
 * Whether tests with MySQL are to run: there is no Debian package of it, so a developer's machine may be without. Where the
 * environment names a server, or says with `CI` that all tests are to run, the answer is yes: if it is missing, they fail.
 */
export function hasMysql(): boolean {
  const isExpected = [URL_VARIABLES.mysql, MYSQLD_VARIABLE, 'CI'].some(isSet);
  return isExpected || findInstallation('mysql') !== undefined || isDockerThere();
}
