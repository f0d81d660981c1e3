import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** From the ground up: a package may import those before it, never those after it. */
const layers = [
  'sketches',
  'statistics',
  'monitoring',
  'contracts',
  'transport',
  'control',
  'store',
  'operations',
  'runtime',
  'client',
];
const services = ['sketcher', 'detector', 'outcomes', 'cli'];
const pure = ['sketches', 'statistics', 'monitoring'];
const order = [...layers, ...services];

const forbidImports = (names, message) => ({
  'no-restricted-imports': ['error', { patterns: [{ group: names.map((name) => `@tidemark/${name}`), message }] }],
});

const pureCore = {
  'no-restricted-globals': [
    'error',
    ...['process', 'fetch', 'setTimeout', 'setInterval', 'setImmediate', 'performance', 'crypto'].map((name) => ({
      name,
      message: 'The pure core reads no clock and does no I/O: take it as a parameter.',
    })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Randomness is a parameter: a replay must be byte-identical.' },
    { object: 'Date', property: 'now', message: 'Time is a parameter: a replay must be byte-identical.' },
  ],
  'no-restricted-syntax': [
    'error',
    {
      selector: "NewExpression[callee.name='Date'][arguments.length=0]",
      message: 'Time is a parameter: a replay must be byte-identical.',
    },
    {
      selector: "ImportDeclaration[source.value=/^node:/]:not([source.value='node:crypto'])",
      message: 'The pure core does no I/O.',
    },
    {
      selector: "ImportDeclaration[source.value='node:crypto'] ImportSpecifier:not([imported.name='createHash'])",
      message: 'Of node:crypto the pure core takes createHash alone.',
    },
  ],
};

/** What comes from data is escaped where commands print, and in the services' log lines: there is no third way. */
const oneWayOut = {
  'no-console': 'error',
  'no-restricted-imports': ['error', 'node:process', 'process', 'node:console', 'console'],
  'no-restricted-properties': [
    'error',
    ...['stdout', 'stderr', 'stdin'].map((property) => ({
      object: 'process',
      property,
      message:
        'Commands print through terminal.ts, which escapes what a terminal would obey; none reads standard input.',
    })),
  ],
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/.cache/**', '**/.tidemark/**'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      'max-lines': ['error', { max: 330, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  { files: ['**/test/**/*.ts'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
  { files: ['**/*.mjs', '**/*.js'], languageOptions: { globals: { console: 'readonly', process: 'readonly' } } },
  {
    files: ['services/cli/src/**/*.ts'],
    ignores: ['services/cli/src/terminal.ts', 'services/cli/src/log-lines.ts'],
    rules: oneWayOut,
  },
  // The last may import all.
  ...order.slice(0, -1).map((name, at) => ({
    files: [`${services.includes(name) ? 'services' : 'packages'}/${name}/src/**/*.ts`],
    rules: forbidImports(
      // The command runs the services in its own process; services know nothing of one another.
      order.slice(at + 1).concat(services.slice(0, Math.max(0, services.indexOf(name)))),
      `${name} stands below it: dependencies point downward (ARCHITECTURE.md, Layers).`,
    ),
  })),
  ...pure.map((name) => ({ files: [`packages/${name}/src/**/*.ts`], rules: pureCore })),
);
