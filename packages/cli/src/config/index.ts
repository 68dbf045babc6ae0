export { expandEnvironment, type Variables } from './expand-environment.js';
export { findConfigFile } from './find-config-file.js';
export { jsonSchema } from './json-schema.js';
export { loadConfig, PACKAGE_FOLDERS } from './load-config.js';
