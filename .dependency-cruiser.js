/**
 * Which way imports may run. From the ground up: a package, and within `monitoring` a folder, may import what comes before it in its
 * list, never what comes after. `npm run lint` holds every import to it, and finds circles.
 */
const packages = [
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
const floors = [
  'model',
  'summaries',
  'sketching',
  'windows',
  'expected-quality',
  'baselines',
  'control',
  'evidence',
  'incidents',
  'quality',
  'labeling',
  'monitors',
];

const anyOf = (names) => `(${names.join('|')})`;

/** One rule for each but the last of a list: it imports none of those after it. */
function upward(list, pathOf, why) {
  return list.slice(0, -1).map((name, at) => ({
    name: `${name}-imports-upward`,
    comment: why,
    severity: 'error',
    from: { path: pathOf([name]) },
    to: { path: pathOf(list.slice(at + 1)) },
  }));
}

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment:
        'Two files that import each other are one concept in two places: give what they share a file below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...upward(
      packages,
      (names) => `^(packages|@tidemark)/${anyOf(names)}(/|$)`,
      'Packages import downward (ARCHITECTURE.md, Layers).',
    ),
    {
      name: 'package-imports-service',
      comment: 'Packages know nothing of services.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: `^(services/|@tidemark/${anyOf(services)}$)` },
    },
    // The command runs the services in its own process; services know nothing of one another.
    ...services.slice(0, -1).map((name) => ({
      name: `${name}-imports-service`,
      comment: 'Services know nothing of one another; the command line runs them.',
      severity: 'error',
      from: { path: `^services/${name}/src` },
      to: { path: `^(services|@tidemark)/${anyOf(services.filter((other) => other !== name))}(/|$)` },
    })),
    ...upward(
      floors,
      (names) => `^packages/monitoring/src/${anyOf(names)}/`,
      'Floors of monitoring import downward (ARCHITECTURE.md, Layers).',
    ),
    {
      name: 'monitoring-file-without-floor',
      comment: 'Every file of monitoring lies on a floor, but for its index.',
      severity: 'error',
      from: { path: `^packages/monitoring/src/(?!index\\.ts$)(?!${anyOf(floors)}/)` },
      to: {},
    },
  ],
  options: {
    // Another package is seen as what it exports, built or not.
    doNotFollow: { path: ['node_modules', '(^|/)dist/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
