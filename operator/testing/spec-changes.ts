import fc from 'fast-check';

/** A spec as somebody writes it down: also wrong ones. */
export type WrittenSpec = Readonly<Record<string, unknown>>;

/** One edit of a Tenant or of a class. */
export interface SpecChange {
  readonly of: 'tenant' | 'class';
  /** For the log of a failed walk. */
  readonly what: string;
  readonly edit: (spec: WrittenSpec) => WrittenSpec;
}

/** Values that somebody types, pastes or sends on purpose, for any field. */
const HOSTILE: readonly unknown[] = [
  null,
  -1,
  0,
  1e308,
  2 ** 53,
  1.5,
  '',
  ' ',
  'x'.repeat(5000),
  'a"; drop schema b; --',
  '$(reboot)',
  '../../etc/passwd',
  'ünïcödé 😀',
  '\u202egnp.exe',
  '-1h',
  '99999h',
  'P1D',
  true,
  [],
  {},
  [null],
  { name: 'x' },
];

const TENANT_FIELDS = [
  'displayName',
  'classRef',
  'classRef.name',
  'workload',
  'workload.mode',
  'workload.replicas',
  'workload.autoscaling',
  'messaging',
  'messaging.topics',
  'messaging.queues',
  'lifecycle',
  'lifecycle.state',
  'lifecycle.reason',
  'credentials.overlap',
  'credentials.rotateEvery',
  'paused',
  'driftPolicy',
  'deletionPolicy',
  'deletionProtection',
  'deletionGracePeriod',
  // What other systems have and this one must not: each would reach beyond the tenant.
  'image',
  'namespace',
  'workload.image',
  'workload.env',
  'workload.envFrom',
  'workload.hostPath',
  'workload.securityContext',
  'database.owner',
];

const CLASS_FIELDS = [
  'workload',
  'workload.mode',
  'workload.allowedModes',
  'workload.maxReplicas',
  'database.statementTimeout',
  'messaging.maxTopics',
  'messaging.maxPartitions',
  'quotas.requestsPerMinute',
  'quotas.customers',
  'quotas.storageBytes',
  'image',
];

const topic = fc.record({
  name: fc.constantFrom('orders', 'bills', 'payments', 'a.b', 'x-y'),
  partitions: fc.integer({ min: 1, max: 6 }),
  retention: fc.constantFrom('1m', '1h', '168h', '720h'),
  cleanupPolicy: fc.constantFrom('delete', 'compact', 'compact,delete'),
});
const wrongTopic = fc.record(
  {
    name: fc.constantFrom('events', 'Orders', 'a_b', '.', '-x', 'x'.repeat(81), '', 'a..b', 'orders;drop'),
    partitions: fc.constantFrom(0, -3, 65, 1e9, 1.5),
    retention: fc.constantFrom('59s', '3 days', '', '1e9h'),
    cleanupPolicy: fc.constantFrom('purge', ''),
  },
  { requiredKeys: [] },
);

const set =
  (field: string, value: unknown) =>
  (spec: WrittenSpec): WrittenSpec =>
    withField(spec, field.split('.'), value);

const change = (of: SpecChange['of'], field: string, value: unknown): SpecChange => ({
  of,
  what: `${of} ${field} = ${JSON.stringify(value)?.slice(0, 200)}`,
  edit: set(field, value),
});

const rightTenantChange: fc.Arbitrary<SpecChange> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .uniqueArray(topic, { maxLength: 4, selector: ({ name }) => name })
      .map((topics) => change('tenant', 'messaging', { topics })),
  },
  {
    weight: 4,
    arbitrary: fc
      .oneof(
        fc.constantFrom({}, { mode: 'Pooled' }),
        fc.record({ mode: fc.constant('Dedicated'), replicas: fc.integer({ min: 0, max: 5 }) }),
        fc.record({ mode: fc.constant('Dedicated'), autoscaling: fc.record({ maxReplicas: fc.integer({ min: 1, max: 5 }) }) }),
      )
      .map((workload) => change('tenant', 'workload', workload)),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({
        state: fc.constantFrom('Active', 'Active', 'ReadOnly', 'Suspended'),
        reason: fc.string({ minLength: 1, maxLength: 256, unit: 'grapheme-ascii' }),
      })
      .map((lifecycle) => change('tenant', 'lifecycle', lifecycle)),
  },
  {
    weight: 2,
    arbitrary: fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }).map((name) => change('tenant', 'displayName', name)),
  },
  { weight: 3, arbitrary: fc.constantFrom('narrow', 'wide', 'missing').map((name) => change('tenant', 'classRef', { name })) },
  { weight: 1, arbitrary: fc.boolean().map((paused) => change('tenant', 'paused', paused)) },
  { weight: 1, arbitrary: fc.constantFrom('Repair', 'Report').map((policy) => change('tenant', 'driftPolicy', policy)) },
  { weight: 1, arbitrary: fc.constantFrom('Retain', 'Snapshot', 'Delete').map((policy) => change('tenant', 'deletionPolicy', policy)) },
  { weight: 1, arbitrary: fc.constantFrom('0s', '1h', '8760h').map((period) => change('tenant', 'deletionGracePeriod', period)) },
);

const rightClassChange: fc.Arbitrary<SpecChange> = fc.oneof(
  fc.constantFrom(['Pooled'], ['Dedicated', 'Pooled']).map((modes) => change('class', 'workload.allowedModes', modes)),
  fc.integer({ min: 1, max: 5 }).map((most) => change('class', 'workload.maxReplicas', most)),
  fc.integer({ min: 0, max: 4 }).map((most) => change('class', 'messaging.maxTopics', most)),
  fc.integer({ min: 1, max: 6 }).map((most) => change('class', 'messaging.maxPartitions', most)),
  fc.constantFrom('50ms', '5s', '30s').map((timeout) => change('class', 'database.statementTimeout', timeout)),
  fc.integer({ min: 1, max: 1e6 }).map((rate) => change('class', 'quotas.requestsPerMinute', rate)),
);

/** Three in five are right by themselves (the class may still forbid them), the others are somebody's mistake or attack. */
export const specChange: fc.Arbitrary<SpecChange> = fc.oneof(
  { weight: 11, arbitrary: rightTenantChange },
  { weight: 3, arbitrary: rightClassChange },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...TENANT_FIELDS), fc.constantFrom(...HOSTILE))
      .map(([field, value]) => change('tenant', field, value)),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...CLASS_FIELDS), fc.constantFrom(...HOSTILE))
      .map(([field, value]) => change('class', field, value)),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.oneof(wrongTopic, topic), { minLength: 1, maxLength: 70 })
      .map((topics) => change('tenant', 'messaging', { topics })),
  },
);

function withField(spec: WrittenSpec, [first = '', ...rest]: readonly string[], value: unknown): WrittenSpec {
  if (rest.length === 0) return { ...spec, [first]: value };
  const below = spec[first];
  return { ...spec, [first]: withField(typeof below === 'object' && below !== null ? (below as WrittenSpec) : {}, rest, value) };
}
