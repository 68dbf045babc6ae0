import type { EngineUnderTest } from '@pandakv/conformance';
import { memoryUnderTest } from '../engines/under-test.js';
import type { MemoryEngine, Place } from '../engines/memory-engine.js';

/** A fault that was planted in a correct engine, and the one test that is there to catch it. */
export interface Fault {
  readonly fault: string;
  readonly caughtBy: string;
  readonly underTest: EngineUnderTest;
  /** It shows in that the test does not end. */
  readonly hangs?: boolean;
}

export function planted(fault: string, caughtBy: string, Engine: new (place: Place) => MemoryEngine): Fault {
  return { fault, caughtBy, underTest: memoryUnderTest((place) => new Engine(place)) };
}
