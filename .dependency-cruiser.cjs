/** The layers, as data. Each rule says in `comment` what it protects; `npm run check` fails on any breach. */
const product = '(?:operator|tenant-service|desktop)';
const feature = '(?:tenant-service|desktop)/src/(?:renderer/)?features/';
const test = '\\.(?:test|integration\\.test|e2e\\.test)\\.tsx?$';

module.exports = {
  forbidden: [
    { name: 'no-cycles', comment: 'A cycle is one module in two files.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contracts-know-nobody',
      comment: 'What parts promise each other depends on none of them.',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { path: '^(operator|tenant-service|tenant-schema|desktop|stack|e2e|bench|tools)/' },
    },
    {
      name: 'tenant-schema-knows-contracts-only',
      comment: 'Operator and service both stand on it.',
      severity: 'error',
      from: { path: '^tenant-schema/src/', pathNot: test },
      to: { path: '^(operator|tenant-service|desktop|stack|e2e|bench|tools)/' },
    },
    {
      name: 'packages-meet-only-in-contracts',
      comment:
        'The three products never import each other. The controller runtime is none: it knows no tenant and could be published alone.',
      severity: 'error',
      from: { path: `^(${product})/` },
      to: { path: `^${product}/`, pathNot: '^$1/|^operator/src/control/' },
    },
    {
      name: 'products-do-not-know-the-workshop',
      comment: 'Nothing that ships points at the local platform, the whole-system tests, the benches or the tools.',
      severity: 'error',
      from: { path: `^${product}/src/`, pathNot: test },
      to: { path: '^(stack|e2e|bench|tools)/' },
    },
    {
      name: 'control-knows-no-tenant',
      comment: 'The controller runtime could be published alone.',
      severity: 'error',
      from: { path: '^operator/src/control/', pathNot: test },
      to: { path: '^operator/src/(?!control/)|^(contracts|tenant-schema)/' },
    },
    {
      name: 'electron-only-at-the-edge',
      comment: 'Everything else of the desktop is tested without it; types may be named anywhere.',
      severity: 'error',
      from: { path: '^desktop/', pathNot: '^desktop/src/(main|preload)/index\\.ts$' },
      to: { path: 'node_modules/electron/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'window-knows-no-main-process',
      comment: 'The window runs in a browser, too: it asks through src/platform and imports nothing of the main process.',
      severity: 'error',
      from: { path: '^desktop/src/(renderer|platform)/', pathNot: test },
      to: { path: '^desktop/src/(main|preload|web-console)/|^desktop/testing/' },
    },
    {
      name: 'window-has-no-node',
      comment: 'There is none: the window is sandboxed.',
      severity: 'error',
      from: { path: '^desktop/src/(renderer|platform)/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'views-do-not-know-each-other',
      comment: 'The web console has the tenant view only.',
      severity: 'error',
      from: { path: '^desktop/src/renderer/(tenant|platform)/' },
      to: { path: '^desktop/src/renderer/(tenant|platform)/', pathNot: '^desktop/src/renderer/$1/' },
    },
    {
      name: 'features-do-not-import-features',
      comment: 'Across features: a foreign key or an event.',
      severity: 'error',
      from: { path: `^(${feature}[^/]+)/` },
      to: { path: `^${feature}`, pathNot: '^$1/' },
    },
    {
      name: 'inner-layers-do-not-know-http',
      comment: 'An operation is a pipeline that does not know Express (design D7).',
      severity: 'error',
      from: { path: '-(service|repository|events|model)\\.ts$' },
      to: { path: 'node_modules/express|^tenant-service/src/http/' },
    },
    {
      name: 'plans-are-pure',
      comment: 'What to change is decided without looking at the world.',
      severity: 'error',
      from: { path: '^operator/src/tenant/(plans|desired)/', pathNot: test },
      to: { path: '^operator/src/(postgres|kafka|keycloak|kubernetes|probe)/(?!port)|node_modules/(?!zod)' },
    },
    {
      name: 'plans-do-no-io',
      comment: 'No clock, file or socket in a plan.',
      severity: 'error',
      from: { path: '^operator/src/tenant/(plans|desired)/', pathNot: test },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(node_modules|\\.run|dist)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js'],
    },
  },
};
