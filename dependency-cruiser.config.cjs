/**
 * Which part of Panda may know which: arrows point down only. Sources are read as TypeScript; workspace packages are resolved
 * as their users resolve them, through `exports` to `dist`, so build first.
 */
const { readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');

/** The folders of packages/core/src, from the bottom, each with the others that it may import. */
const CORE_LAYERS = {
  errors: [],
  engine: ['errors'],
  clock: ['errors'],
  keys: ['engine', 'errors'],
  rows: ['keys', 'clock', 'engine', 'errors'],
  shard: ['rows', 'keys', 'clock', 'engine', 'errors'],
  catalog: ['shard', 'rows', 'keys', 'clock', 'engine', 'errors'],
  transaction: ['catalog', 'shard', 'rows', 'keys', 'clock', 'engine', 'errors'],
  rebalance: ['transaction', 'catalog', 'shard', 'rows', 'keys', 'clock', 'engine', 'errors'],
  retention: ['rebalance', 'transaction', 'catalog', 'shard', 'rows', 'keys', 'clock', 'engine', 'errors'],
  feed: ['retention', 'rebalance', 'transaction', 'catalog', 'shard', 'rows', 'keys', 'clock', 'engine', 'errors'],
  cluster: ['feed', 'retention', 'rebalance', 'transaction', 'catalog', 'shard', 'rows', 'keys', 'clock', 'engine', 'errors'],
};

const CORE = '^packages/core/src/';
const ENGINE_PLUGIN = `${CORE}engine/engine-plugin[.]ts$`;
const INJECTION = '(^|/)node_modules/(@inversifyjs|inversify|reflect-metadata)/';

const manifestOf = (folder) => JSON.parse(readFileSync(join(__dirname, folder, 'package.json'), 'utf8'));

const packages = readdirSync(join(__dirname, 'packages')).map((folder) => {
  const manifest = manifestOf(`packages/${folder}`);
  const entries = Object.values(manifest.exports ?? {}).map((target) => `packages/${folder}/${target.default.slice(2)}`);
  return { folder, name: manifest.name, dependencies: Object.keys(manifest.dependencies ?? {}), entries };
});

const either = (parts) => `(${parts.join('|')})`;
const exactly = (paths) => paths.map((path) => `^${path.replaceAll('.', '[.]')}$`);

const layerRules = Object.entries(CORE_LAYERS).map(([layer, below]) => ({
  name: `core-${layer}-looks-down`,
  comment: `core/${layer} may import ${below.map((name) => `core/${name}`).join(', ') || 'no other layer'}.`,
  severity: 'error',
  from: { path: `${CORE}${layer}/` },
  to: { path: CORE, pathNot: `${CORE}${either([layer, ...below])}/` },
}));

/** Of the workspace, a package sees the public entries of the packages that it declares; of core, an engine sees the SPI. */
const packageRules = packages.map(({ folder, dependencies }) => {
  const seen = packages.filter(({ name }) => dependencies.includes(name)).flatMap(({ entries }) => entries);
  const isEngine = folder.startsWith('engine-');
  return {
    name: `${folder}-knows-its-dependencies`,
    comment: isEngine
      ? 'An engine may import @pandakv/core/engine, and nothing else of the workspace.'
      : 'Of other packages, import those in dependencies of package.json, by their public names.',
    severity: 'error',
    from: { path: `^packages/${folder}/src/` },
    to: {
      path: '^packages/',
      pathNot: [
        `^packages/${folder}/src/`,
        `^packages/${folder}/package[.]json$`,
        ...exactly(isEngine ? ['packages/core/dist/engine/index.js'] : seen),
      ],
    },
  };
});

module.exports = {
  forbidden: [
    ...layerRules,
    ...packageRules,
    {
      name: 'core-layers-are-known',
      comment: 'Every folder of packages/core/src has its place in CORE_LAYERS; index.ts is the only file beside them.',
      severity: 'error',
      from: { path: CORE, pathNot: `${CORE}(${either(Object.keys(CORE_LAYERS))}/|index[.]ts$)` },
      to: {},
    },
    {
      name: 'core-injects-in-cluster',
      comment: 'In core, inversify and reflect-metadata belong to the composition root.',
      severity: 'error',
      from: { path: CORE, pathNot: [`${CORE}cluster/`, ENGINE_PLUGIN] },
      to: { path: INJECTION },
    },
    {
      name: 'engine-plugin-names-types-only',
      comment: "The SPI may name inversify's types, never load it.",
      severity: 'error',
      from: { path: ENGINE_PLUGIN },
      to: { path: INJECTION, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'packages-meet-by-name',
      comment: 'A package imports another by its name, never by a path.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'sources-declare-dependencies',
      comment: 'A source may import what is in dependencies of its package.json.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'] },
    },
    {
      name: 'tests-declare-dependencies',
      comment: 'A test may also import what is in devDependencies of the root.',
      severity: 'error',
      from: { path: '^packages/[^/]+/test/' },
      to: {
        dependencyTypes: ['npm-no-pkg', 'npm-unknown'],
        pathNot: `(^|/)node_modules/${either(Object.keys(manifestOf('.').devDependencies))}/`,
      },
    },
    {
      name: 'sources-know-no-tests',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^packages/[^/]+/(test|dist-test)/' },
    },
    {
      name: 'no-circles',
      comment: 'Nor in types.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { circular: true },
    },
    {
      name: 'imports-resolve',
      comment: 'If this is a package of the workspace: build first; and is the name in its exports?',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)(node_modules|dist|dist-test|coverage|panda-data)(/|$)' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      mainFields: ['module', 'main'],
    },
  },
};
