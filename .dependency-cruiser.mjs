// Who may import whom. The table is the one of docs/architecture.md; `pnpm check deps` enforces it.

const allowed = {
  tensor: [],
  autodiff: ['tensor'],
  'backend-cpu': ['tensor'],
  'backend-wasm': ['tensor'],
  'backend-webgpu': ['tensor'],
  'backend-tests': ['tensor', 'autodiff'],
  layers: ['tensor'],
  optimizers: ['tensor', 'autodiff'],
  data: ['tensor'],
  io: ['tensor', 'layers'],
  train: ['tensor', 'autodiff', 'layers', 'optimizers', 'data', 'io'],
  datasets: ['tensor', 'data'],
  cotangent: ['tensor', 'autodiff', 'layers', 'optimizers', 'backend-wasm', 'backend-webgpu'],
};

// Folders of tensor that are entry points of their own: `@cotangent/tensor/linalg`.
const subPaths = ['linalg', 'signal'];

const tests = '[.]test[.]ts$|^packages/[^/]+/src/testing/|[.]config[.]ts$';

const tableRules = Object.entries(allowed).map(([name, may]) => ({
  name: `${name}-imports-only-${may.join('-') || 'nothing'}`,
  comment: `'${name}' may import ${may.join(', ') || 'no other package'}; only apps, tools, tests and 'cotangent' name a backend.`,
  severity: 'error',
  from: { path: `^packages/${name}/`, pathNot: tests },
  to: { path: '^packages/', pathNot: `^packages/(${[name, ...may].join('|')})/` },
}));

const subPathRules = subPaths.flatMap((name) => [
  {
    name: `tensor-${name}-uses-what-tensor-exports`,
    comment: `'@cotangent/tensor/${name}' is built on its own and shares one copy of the rest: it imports '@cotangent/tensor' by name.`,
    severity: 'error',
    from: { path: `^packages/tensor/src/${name}/`, pathNot: tests },
    to: { path: '^packages/tensor/src/', pathNot: `^packages/tensor/src/(${name}/|sub-paths/|index[.]ts$)` },
  },
  {
    name: `tensor-does-not-bring-${name}-along`,
    comment: `Programs that do not import '@cotangent/tensor/${name}' must not load it.`,
    severity: 'error',
    from: { path: '^packages/tensor/src/', pathNot: `^packages/tensor/src/${name}/|${tests}` },
    to: { path: `^packages/tensor/src/${name}/` },
  },
]);

export default {
  forbidden: [
    ...tableRules,
    ...subPathRules,
    {
      name: 'package-is-in-the-table',
      comment: 'A new package needs a row in the table at the top of .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/(${Object.keys(allowed).join('|')})/|${tests}` },
      to: { path: '^packages/' },
    },
    {
      name: 'no-cycles',
      comment:
        'Modules that need each other at run time depend on the order in which they load. Types may go round. The core is one ' +
        'circle by nature: methods of Tensor are ops, ops record, recording may flush, and a flush plans, which may record again.',
      severity: 'error',
      from: { pathNot: '^packages/tensor/src/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'packages-by-name',
      comment: "Another package is imported as '@cotangent/name', never by a relative path.",
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'packages-know-no-app',
      comment: 'Apps and tools use packages, never the other way round.',
      severity: 'error',
      from: { path: '^packages/', pathNot: tests },
      to: { path: '^(apps|tools)/' },
    },
    {
      name: 'apps-name-backends-in-one-file',
      comment: 'An app names its backends in backend.ts; everything else of it works with any of them.',
      severity: 'error',
      from: { path: '^apps/', pathNot: `/backend[.]ts$|${tests}` },
      to: { path: '^packages/backend-' },
    },
    {
      name: 'no-run-time-dependencies',
      comment: 'The packages depend on nothing but each other. (backend-tests is a test suite and may use vitest.)',
      severity: 'error',
      from: { path: '^packages/', pathNot: `^packages/backend-tests/|${tests}` },
      to: { path: 'node_modules', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-node-builtins',
      comment:
        'Packages are bundled for browsers, where an import of node:* does not resolve. Reach a builtin with ' +
        "process.getBuiltinModule('node:fs') behind a check that it exists.",
      severity: 'error',
      from: { path: '^packages/', pathNot: tests },
      to: { dependencyTypes: ['core'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      comment: 'The import does not resolve: a typing error, or a dependency missing in package.json.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/|/coverage/|[.]generated/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@cotangent/source', 'import', 'node', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
