import type { EngineUnderTest } from '@pandakv/conformance';
import type { EngineName } from './engine-name.js';
import { fileEngine } from './file-engines.js';
import { serverEngine } from './server-engine.js';

/** An engine that is ready for the suite. */
export interface PreparedEngine {
  readonly underTest: EngineUnderTest;
  /** Ends its server, where it has one. */
  close(): Promise<void>;
}

export async function prepareEngine(name: EngineName): Promise<PreparedEngine> {
  if (name === 'level' || name === 'sqlite') return { underTest: fileEngine(name), close: async () => undefined };
  const engine = await serverEngine(name);
  return { underTest: engine.underTest as unknown as EngineUnderTest, close: () => engine.close() };
}
