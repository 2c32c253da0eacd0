import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { ANNOTATIONS, tenantKeys, tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tenantPrefix } from '../src/s3/port.ts';
import { conditionOf, type TenantWish, type TestCluster } from './test-cluster.ts';
import type { TestPlatform } from './test-platform.ts';

/** One thing that people do to a tenant, and how one sees that it is done. */
export interface Phase {
  readonly name: string;
  readonly edit: (slug: string) => Promise<void>;
  /** @throws while it is not done */
  readonly arrived: (slug: string) => Promise<void>;
}

/**
 * A tenant's life from beginning to end, with everything that can be asked of it. On a cell with RabbitMQ it has queues, on one with Redis a
 * rotation while it is dedicated, and on one with a bucket it is deleted with a backup and adopted before it is deleted for good.
 */
export function lifePhases({ platform, cluster }: { readonly platform: TestPlatform; readonly cluster: TestCluster }): readonly Phase[] {
  const { queues, cache, bucket } = platform.ports;
  const otherClass = `${cluster.name}-other`;
  const workload = { mode: 'Pooled', allowedModes: ['Pooled', 'Dedicated'], maxReplicas: 3 };
  const tenantIds = new Map<string, string>();
  const idOf = (slug: string): string => tenantIds.get(slug) ?? '';
  const ready =
    (reason: 'Ready' | 'Suspended' = 'Ready') =>
    async (slug: string): Promise<void> => {
      const tenant = await cluster.tenant(slug);
      const message = tenant?.status?.conditions?.find(({ type }) => type === 'Ready')?.message;
      strictEqual(conditionOf(tenant, 'Ready'), `True/${reason}`, message);
      strictEqual(conditionOf(tenant, 'Reconciling').split('/')[0], 'False');
      tenantIds.set(slug, tenant?.status?.tenantId ?? '');
    };
  const edited =
    (spec: TenantWish) =>
    (slug: string): Promise<void> =>
      cluster.apply(slug, spec);
  const rotated = (name: string, spec: TenantWish, generation: number): Phase => ({
    name,
    edit: (slug) =>
      cluster.apply(slug, { ...spec, credentials: { overlap: '1s' } }, { [ANNOTATIONS.rotateRequestedAt]: new Date().toISOString() }),
    arrived: async (slug) => {
      await ready()(slug);
      const { credentials } = (await cluster.tenant(slug))?.status ?? {};
      strictEqual(credentials?.generation, generation);
      strictEqual(credentials.overlapUntil, undefined, 'the previous credentials still work');
    },
  });
  const messaging = (topics: readonly Topic[], wanted: readonly Queue[]): Pick<TenantWish, 'messaging'> => ({
    messaging: { topics, ...(queues === undefined ? {} : { queues: wanted }) },
  });
  /** Of a queue that RabbitMQ has not counted yet nobody knows that it is empty, and it would stay. */
  const counted = async (slug: string): Promise<void> => {
    const found = await queues?.vhost(tenantKeys(idOf(slug)).vhost);
    strictEqual(
      found?.queues.some(({ isBusy }) => isBusy),
      false,
    );
  };

  const created = messaging([{ name: 'orders', partitions: 1 }], [{ name: 'tasks', type: 'classic' }]);
  const topics = [{ name: 'orders', partitions: 3, retention: '1h' }, { name: 'bills' }];
  const grown = messaging(topics, [{ name: 'tasks', type: 'classic', maxLength: 1000 }, { name: 'mails' }]);
  const shrunk = messaging(topics, [{ name: 'tasks', type: 'classic' }]);
  const reclassed = { ...shrunk, classRef: { name: otherClass } };
  const dedicated: TenantWish = { ...reclassed, workload: { mode: 'Dedicated', replicas: 2 } };
  const unprotected = { ...reclassed, deletionProtection: false } as const;
  const phases: readonly (Phase | undefined)[] = [
    {
      name: 'create',
      edit: async (slug) => {
        await cluster.makeClass({ workload });
        const database = { statementTimeout: '3s' };
        await cluster.makeClass({ workload, database, quotas: { requestsPerMinute: 1000 } }, otherClass);
        await cluster.apply(slug, created);
      },
      arrived: ready(),
    },
    { name: 'update topics', edit: edited(grown), arrived: ready() },
    queues && {
      name: 'take a queue away',
      edit: async (slug) => {
        await eventually(() => counted(slug), { limitMs: 30_000, everyMs: 200 });
        await cluster.apply(slug, shrunk);
      },
      arrived: async (slug) => {
        await ready()(slug);
        const left = (await queues.vhost(tenantKeys(idOf(slug)).vhost))?.queues.map(({ name }) => name).sort();
        deepStrictEqual(left, ['tasks', 'tasks.dead']);
      },
    },
    { name: 'update class', edit: edited(reclassed), arrived: ready() },
    { name: 'become dedicated', edit: edited(dedicated), arrived: ready() },
    cache && rotated('rotate while dedicated', dedicated, 2),
    { name: 'suspend', edit: edited({ ...dedicated, lifecycle: { state: 'Suspended', reason: 'unpaid' } }), arrived: ready('Suspended') },
    { name: 'resume', edit: edited(dedicated), arrived: ready() },
    { name: 'become read-only', edit: edited({ ...dedicated, lifecycle: { state: 'ReadOnly', reason: 'audit' } }), arrived: ready() },
    { name: 'become pooled', edit: edited(reclassed), arrived: ready() },
    rotated('rotate', reclassed, cache === undefined ? 2 : 3),
    bucket && {
      name: 'delete with a backup',
      edit: async (slug) => {
        const { schema } = tenantNames(slug, platform.cell.name);
        await platform.admin.query(
          `insert into ${schema}.customers (id, name, status, version, created_at, updated_at)
           values (gen_random_uuid(), 'Kept', 'active', 1, now(), now())`,
        );
        await bucket.put(`${tenantPrefix(idOf(slug))}exports/one.csv`, Buffer.from('id\n'), { contentType: 'text/csv' });
        await cluster.apply(slug, { ...unprotected, deletionPolicy: 'Snapshot', deletionGracePeriod: '1h' });
        await cluster.remove(slug);
      },
      arrived: async (slug) => {
        strictEqual(await cluster.tenant(slug), undefined);
        const { rows } = await platform.admin.query(
          `select b.state from tenantry.tombstones t join tenantry.backups b on b.location = t.backup where t.tenant_id = $1`,
          [idOf(slug)],
        );
        deepStrictEqual(rows, [{ state: 'Verified' }]);
      },
    },
    bucket && {
      name: 'adopt',
      edit: (slug) => cluster.apply(slug, reclassed, { [ANNOTATIONS.adopt]: idOf(slug) }),
      arrived: async (slug) => {
        await ready()(slug);
        const { rows } = await platform.admin.query(`select name from ${tenantNames(slug, platform.cell.name).schema}.customers`);
        deepStrictEqual(rows, [{ name: 'Kept' }]);
      },
    },
    {
      name: 'delete',
      edit: async (slug) => {
        const erased = { ...unprotected, deletionPolicy: 'Delete', deletionGracePeriod: '0s' } as const;
        await cluster.apply(slug, erased, { [ANNOTATIONS.confirmDelete]: slug });
        await cluster.remove(slug);
      },
      arrived: async (slug) => {
        strictEqual(await cluster.tenant(slug), undefined);
        const { rows } = await platform.admin.query('select purged_at from tenantry.tombstones where tenant_id = $1', [idOf(slug)]);
        ok(rows[0]?.purged_at, 'the purge has not ended');
      },
    },
  ];
  return phases.filter((phase) => phase !== undefined);
}

type Topic = NonNullable<NonNullable<TenantWish['messaging']>['topics']>[number];
type Queue = NonNullable<NonNullable<TenantWish['messaging']>['queues']>[number];
