import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const SOURCES = ['packages/*/src/**/*.ts'];
const TESTS = ['packages/*/test/**/*.ts'];
const CORE = ['packages/core/src/**/*.ts'];

/** The one file of core that asks the platform for time, randomness and timers. */
const SYSTEM_ENVIRONMENT = 'packages/core/src/cluster/system-environment.ts';

const FROM_ENVIRONMENT = 'Core takes time, randomness and timers from an injected Environment.';

const platformGlobals = [
  'clearImmediate',
  'clearInterval',
  'clearTimeout',
  'crypto',
  'performance',
  'setImmediate',
  'setInterval',
  'setTimeout',
];

const platformModules = ['crypto', 'perf_hooks', 'timers', 'timers/promises'];

export default defineConfig(
  globalIgnores(['**/dist/', '**/dist-test/', '**/coverage/', '**/panda-data/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['*.cjs'],
    languageOptions: { sourceType: 'commonjs', globals: { module: 'writable', require: 'readonly', __dirname: 'readonly' } },
  },
  {
    name: 'panda/typescript',
    files: [...SOURCES, ...TESTS],
    extends: [tseslint.configs.strictTypeChecked],
    // One program of everything, over the declarations in `dist`, is checked in half the time of a program for each package.
    languageOptions: { parserOptions: { project: './tsconfig.lint.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],

      // An error is passed on as it was caught, whatever it is.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-plus-operands': ['error', { allowNumberAndString: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // With noUncheckedIndexedAccess, an index that is known to be in bounds needs a `!`.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // Users of JavaScript pass anything: what the types promise is checked at the border (P12).
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // `deferred<void>()` and `void | Promise<void>` say what they mean.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // Errors are told apart by `code`, across copies of a package, never by class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A method of an asynchronous interface is `async` although it has nothing to wait for: its errors become rejections.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    name: 'panda/sources',
    files: SOURCES,
    rules: {
      complexity: ['error', 15],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    name: 'panda/environment',
    files: CORE,
    ignores: [SYSTEM_ENVIRONMENT],
    rules: {
      'no-restricted-globals': [
        'error',
        {
          globals: platformGlobals.map((name) => ({ name, message: FROM_ENVIRONMENT })),
          checkGlobalObject: true,
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: platformModules.flatMap((name) =>
            [name, `node:${name}`].map((path) => ({ name: path, message: FROM_ENVIRONMENT })),
          ),
        },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: FROM_ENVIRONMENT },
        { object: 'process', property: 'hrtime', message: FROM_ENVIRONMENT },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: ':matches(NewExpression, CallExpression)[callee.name="Date"]', message: FROM_ENVIRONMENT },
        { selector: 'MemberExpression[object.name="Date"]:not([property.name="UTC"])', message: FROM_ENVIRONMENT },
      ],
    },
  },
  {
    name: 'panda/tests',
    files: TESTS,
    rules: {
      // `expect(x).to.be.true` is an assertion.
      '@typescript-eslint/no-unused-expressions': 'off',
    },
  },
);
