import { engineConformance } from '@pandakv/conformance';
import { fileEngine, memoryEngine } from '../dist/file-engines.js';

engineConformance(fileEngine('sqlite'));
engineConformance(memoryEngine('sqlite'));
