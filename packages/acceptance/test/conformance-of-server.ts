import { engineConformance } from '@pandakv/conformance';
import { hasMysql, type ServerKind } from '@pandakv/testbed';
import { serverEngine } from '../dist/server-engine.js';
import { WEAKEST_SETTINGS } from '../dist/weakest-settings.js';

/** Defines the suite on a server whose settings are the weakest. MySQL only where there is one: Debian has none. */
export async function conformanceOfServer(kind: ServerKind): Promise<void> {
  if (kind === 'mysql' && !hasMysql()) return;
  const engine = await serverEngine(kind, WEAKEST_SETTINGS[kind]);
  describe(`The engine over ${kind}, on a server with the weakest settings`, () => {
    after(() => engine.close());
    engineConformance(engine.underTest);
  });
}
