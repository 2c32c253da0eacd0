import { tenantNames } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { freePort } from '@tenantry/stack/testing/free-port.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { conditionOf, type TenantWish, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { CHILDREN } from '../kubernetes/resources.ts';

let platform: TestPlatform;
let cluster: TestCluster;
let operator: OperatorProcess;

const METRICS_PORT = await freePort();
const PATIENCE = { limitMs: 30_000, everyMs: 100 };

beforeAll(async () => {
  platform = await testPlatform({ claim: false });
  cluster = await testCluster(platform.stack.kubeconfigFile, `rec-${platform.cell.name}`);
  operator = await startOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      SERVICE_IMAGE: 'localhost/tenantry-no-such-image:1',
      METRICS_PORT: String(METRICS_PORT),
      METRICS_HOST: '127.0.0.1',
      DRIFT_CHECK_INTERVAL: '500ms',
    }),
  );
});
afterAll(async () => {
  const code = await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
  expect(code, 'SIGTERM ends the operator in order').toBe(0);
});

async function becomes(slug: string, type: string, condition: string): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), type), operator.output().slice(-3000)).toBe(condition),
    PATIENCE,
  );
}

async function readyTenant(spec: TenantWish = {}) {
  const slug = platform.slug();
  await cluster.apply(slug, spec);
  await becomes(slug, 'Ready', 'True/Ready');
  return { slug, names: tenantNames(slug, platform.cell.name) };
}

async function effectsSoFar(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${METRICS_PORT}/metrics`)).text();
  return [...text.matchAll(/^tenantry_operator_effects_total\{[^}]*\} (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

it('makes no change at all while everything is as wanted, although it keeps looking', async () => {
  const { slug } = await readyTenant();
  // Two drift rounds to settle, then several to watch.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const before = { effects: await effectsSoFar(), version: (await cluster.tenant(slug))?.metadata.resourceVersion };
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect({ effects: await effectsSoFar(), version: (await cluster.tenant(slug))?.metadata.resourceVersion }).toEqual(before);
});

describe('puts back what is changed by hand, and says so in an event', () => {
  let slug: string;
  let names: ReturnType<typeof tenantNames>;
  beforeAll(async () => {
    ({ slug, names } = await readyTenant({ messaging: { topics: [{ name: 'orders', partitions: 2 }] } }));
  });

  /** Waits for the repair and for the event that names it. */
  async function repaired(isBack: () => Promise<unknown>, says: string | RegExp): Promise<void> {
    await eventually(async () => expect(await isBack()).toBeTruthy(), PATIENCE);
    await eventually(async () => {
      const repairs = (await cluster.events(slug)).filter((event) => event.startsWith('DriftRepaired'));
      expect(repairs.join('\n')).toMatch(says);
    }, PATIENCE);
  }

  it('a dropped topic', async () => {
    await platform.ports.kafka.deleteTopic(names.topic('orders'));
    await repaired(
      async () => (await platform.ports.kafka.topics([names.topic('orders')])).get(names.topic('orders'))?.partitions === 2,
      names.topic('orders'),
    );
  });

  it('a changed topic setting', async () => {
    await platform.ports.kafka.setTopicConfigs(names.eventsTopic, { 'retention.ms': '1000' }, []);
    await repaired(
      async () => (await platform.ports.kafka.topics([names.eventsTopic])).get(names.eventsTopic)?.configs['retention.ms'] === '604800000',
      /settings of topic .*retention\.ms/,
    );
  });

  it('a right too much and a right too few in Kafka', async () => {
    const extra = { user: names.kafkaUser, resource: 'topic', name: 'somebody.else', pattern: 'literal', operation: 'READ' } as const;
    const [first] = await platform.ports.kafka.access(names.kafkaUser);
    if (first === undefined) throw new Error('the tenant has no Kafka rights');
    await platform.ports.kafka.revoke([first]);
    await platform.ports.kafka.allow([extra]);
    await repaired(async () => {
      const entries = await platform.ports.kafka.access(names.kafkaUser);
      return entries.length === 5 && entries.every(({ name }) => name !== 'somebody.else');
    }, 'somebody.else');
  });

  it('a Kafka login with another password', async () => {
    const before = (await platform.ports.kafka.loginMarks(names.kafkaUser)).get(names.kafkaUser);
    await platform.ports.kafka.setLogin(names.kafkaUser, { password: 'not-the-one', fingerprint: '000000000000' });
    await repaired(
      async () => (await platform.ports.kafka.loginMarks(names.kafkaUser)).get(names.kafkaUser) === before,
      `Kafka login ${names.kafkaUser}`,
    );
  });

  it('a revoked grant and one too many', async () => {
    await platform.admin.query(
      `revoke insert on ${names.schema}.customers from "${names.appRole}"; grant select on ${names.schema}.customers to public`,
    );
    await repaired(async () => {
      const { rows } = await platform.admin.query(
        `select has_table_privilege($1, $2, 'insert') as insert, has_table_privilege($3, $2, 'select') as others`,
        [names.appRole, `${names.schema}.customers`, `tenantry_relay@${platform.cell.name}`],
      );
      return rows[0].insert && !rows[0].others;
    }, /grant table customers INSERT/);
  });

  it('a login role whose settings were reset', async () => {
    await platform.admin.query(`alter role "${names.login(1)}" reset all`);
    await repaired(async () => {
      const { rows } = await platform.admin.query('select rolconfig from pg_roles where rolname = $1', [names.login(1)]);
      return rows[0].rolconfig?.some((setting: string) => setting === `role=${names.appRole}`);
    }, 'role t_it_');
  });

  it('a disabled organization', async () => {
    const { identity } = platform.ports;
    const organization = (await identity.organizations()).find(({ alias }) => alias === slug);
    if (organization === undefined) throw new Error('the tenant has no organization');
    await identity.updateOrganization({ ...organization, enabled: false });
    await repaired(
      async () => (await identity.organization({ tenantId: organization.tenantId ?? '', id: organization.id }))?.enabled,
      'organization’s settings',
    );
  });

  it('a machine client whose token was widened', async () => {
    const { identity } = platform.ports;
    const client = await identity.machineClient(names.machineClientId);
    const admin = platform.stack.keycloak.operator;
    const path = `/tenantry/clients/${client?.id}`;
    await admin.put(path, { ...(await admin.get<object>(path)), fullScopeAllowed: true });
    await repaired(
      async () => (await identity.machineClient(names.machineClientId))?.deviations.length === 0,
      `machine client ${names.machineClientId} (fullScopeAllowed)`,
    );
  });

  it('a deleted Secret', async () => {
    const secret = { namespace: 'tenantry-tenants', name: names.credentialsSecret };
    await cluster.api.delete(CHILDREN.Secret, secret);
    await repaired(() => cluster.api.get(CHILDREN.Secret, secret), `Secret ${names.credentialsSecret}`);
  });

  it('a hand-edited Secret, without telling its values', async () => {
    const secret = { namespace: 'tenantry-tenants', name: names.credentialsSecret };
    const before = await cluster.api.get(CHILDREN.Secret, secret);
    await cluster.api.patch(CHILDREN.Secret, secret, { data: { 'kafka-password': btoa('guessed') } });
    await repaired(
      async () => JSON.stringify((await cluster.api.get(CHILDREN.Secret, secret))?.data) === JSON.stringify(before?.data),
      'data.kafka-password',
    );
    expect((await cluster.events(slug)).join('\n')).not.toContain(btoa('guessed'));
  });

  it('a registry row that says another address', async () => {
    await platform.admin.query(`update tenantry.tenants set url = 'http://elsewhere.test' where slug = $1`, [slug]);
    await repaired(async () => {
      const { rows } = await platform.admin.query('select url from tenantry.tenants where slug = $1', [slug]);
      return rows[0].url !== 'http://elsewhere.test';
    }, 'registry url');
  });
});

it('follows a changed spec, and is not Ready for it before it has looked', async () => {
  const { slug, names } = await readyTenant({ messaging: { topics: [{ name: 'orders', partitions: 1 }] } });
  await cluster.apply(slug, { messaging: { topics: [{ name: 'orders', partitions: 3, retention: '1h' }, { name: 'bills' }] } });
  const seen = await cluster.tenant(slug);
  // Either still the old answer, which kubectl wait ignores by its generation, or the new one with the topics in place.
  if (conditionOf(seen, 'Ready') !== 'absent') expect((await platform.ports.kafka.topics([names.topic('bills')])).size).toBe(1);
  await becomes(slug, 'Ready', 'True/Ready');
  const topics = await platform.ports.kafka.topics([names.topic('orders'), names.topic('bills')]);
  expect(topics.get(names.topic('orders'))).toMatchObject({ partitions: 3, configs: { 'retention.ms': '3600000' } });
  expect(topics.has(names.topic('bills'))).toBe(true);
  expect(await platform.ports.kafka.access(names.kafkaUser)).toHaveLength(6);
  // A wish is no drift.
  expect((await cluster.events(slug)).filter((event) => event.startsWith('DriftRepaired'))).toEqual([]);
});

it('waits for a class that does not exist yet, and heals when it appears', async () => {
  const slug = platform.slug();
  const className = `later-${platform.cell.name}`;
  await cluster.apply(slug, { classRef: { name: className } });
  await becomes(slug, 'Ready', 'False/ClassNotFound');
  expect(conditionOf(await cluster.tenant(slug), 'Stalled')).toBe('True/ClassNotFound');
  expect((await cluster.tenant(slug))?.metadata.finalizers ?? []).toEqual([]);
  await cluster.makeClass({}, className);
  await becomes(slug, 'Ready', 'True/Ready');
});

it('refuses what the class does not allow, naming it, and touches nothing', async () => {
  const slug = platform.slug();
  const className = `strict-${platform.cell.name}`;
  // A class that is there already is asked by the API server itself.
  await cluster.apply(slug, { classRef: { name: className }, workload: { mode: 'Dedicated' } });
  await becomes(slug, 'Ready', 'False/ClassNotFound');
  await cluster.makeClass({}, className);
  await becomes(slug, 'Stalled', 'True/ClassCeiling');
  const { rows } = await platform.admin.query('select 1 from tenantry.tenants where slug = $1', [slug]);
  expect(rows).toEqual([]);
});

it('suspends a tenant whose class is gone: the API closes although nothing else can be done', async () => {
  const slug = platform.slug();
  const className = `gone-${platform.cell.name}`;
  await cluster.makeClass({}, className);
  await cluster.apply(slug, { classRef: { name: className }, driftPolicy: 'Report' });
  await becomes(slug, 'Ready', 'True/Ready');
  await cluster.apply(slug, {
    classRef: { name: `${className}-too` },
    driftPolicy: 'Report',
    lifecycle: { state: 'Suspended', reason: 'unpaid' },
  });
  await becomes(slug, 'Ready', 'False/ClassNotFound');
  const { rows } = await platform.admin.query('select state, closed_reason from tenantry.tenants where slug = $1', [slug]);
  expect(rows).toEqual([{ state: 'Suspended', closed_reason: 'unpaid' }]);
  // Taking the edit back is no drift, although everything is as it was once.
  await cluster.apply(slug, { classRef: { name: className }, driftPolicy: 'Report', lifecycle: { state: 'Active' } });
  await becomes(slug, 'Ready', 'True/Ready');
});

it('makes no empty schema where the tenant’s was: it says so, goes on when it is back, and lets the tenant be deleted without it', async () => {
  const destroyed = { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' } as const;
  const { slug, names } = await readyTenant(destroyed);
  const schemas = async () => (await platform.admin.query('select from pg_namespace where nspname = $1', [names.schema])).rowCount;
  await platform.admin.query(`alter schema ${names.schema} rename to mislaid`);
  await becomes(slug, 'Stalled', 'True/SchemaLost');
  expect(conditionOf(await cluster.tenant(slug), 'SchemaReady')).toBe('False/SchemaLost');
  expect(await schemas()).toBe(0);
  await platform.admin.query(`alter schema mislaid rename to ${names.schema}`);
  await becomes(slug, 'Ready', 'True/Ready');

  await platform.admin.query(`drop schema ${names.schema} cascade`);
  await becomes(slug, 'Stalled', 'True/SchemaLost');
  expect(await schemas()).toBe(0);
  const tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  await cluster.apply(slug, destroyed, { 'tenantry.dev/confirm-delete': slug });
  await cluster.remove(slug);
  await eventually(async () => {
    const { rows } = await platform.admin.query('select purged_at from tenantry.tombstones where tenant_id = $1', [tenantId]);
    expect(rows[0]?.purged_at).toBeInstanceOf(Date);
  }, PATIENCE);
  await cluster.apply(slug);
  await becomes(slug, 'Ready', 'True/Ready');
});

it('refuses a role that is not its own, and touches nothing', async () => {
  const slug = platform.slug();
  const names = tenantNames(slug, platform.cell.name);
  await platform.admin.query(`create role "${names.appRole}" nologin`);
  await cluster.apply(slug);
  await becomes(slug, 'RolesReady', 'False/Conflict');
  expect(conditionOf(await cluster.tenant(slug), 'Stalled')).toBe('True/Conflict');
  const { rows } = await platform.admin.query('select rolname from pg_roles where rolname = any ($1)', [
    [names.ownerRole, names.readOnlyRole, names.login(1)],
  ]);
  expect(rows).toEqual([]);
});

it('refuses an organization that is not its own', async () => {
  const slug = platform.slug();
  const id = await platform.ports.identity.createOrganization({
    alias: slug,
    description: 'Older',
    enabled: true,
    tenantId: 'somebody-else',
  });
  await cluster.apply(slug);
  await becomes(slug, 'IdentityReady', 'False/Conflict');
  expect((await platform.ports.identity.organizations()).find((each) => each.id === id)).toMatchObject({
    description: 'Older',
    tenantId: 'somebody-else',
  });
});

it('only reports while paused, and repairs once it is not', async () => {
  const { slug, names } = await readyTenant();
  await cluster.apply(slug, { paused: true });
  await eventually(async () => expect((await cluster.tenant(slug))?.status?.observedGeneration).toBe(2), PATIENCE);
  await platform.ports.kafka.deleteTopic(names.eventsTopic);
  await becomes(slug, 'TopicsReady', 'False/Paused');
  expect((await platform.ports.kafka.topics([names.eventsTopic])).size).toBe(0);
  await cluster.apply(slug, { paused: false });
  await becomes(slug, 'Ready', 'True/Ready');
  expect((await platform.ports.kafka.topics([names.eventsTopic])).size).toBe(1);
});

it('suspends: the registry says so, the organization is disabled, the api’s way in is gone; and resumes', async () => {
  const { slug, names } = await readyTenant();
  await cluster.apply(slug, { lifecycle: { state: 'Suspended', reason: 'unpaid' } });
  await becomes(slug, 'Ready', 'True/Suspended');
  const seen = async () => {
    const { rows } = await platform.admin.query(
      `select state, closed_reason, pg_has_role($2, $3, 'set') as api from tenantry.tenants where slug = $1`,
      [slug, `tenantry_api@${platform.cell.name}`, names.appRole],
    );
    const organization = (await platform.ports.identity.organizations()).find(({ alias }) => alias === slug);
    return { ...rows[0], enabled: organization?.enabled };
  };
  expect(await seen()).toEqual({ state: 'Suspended', closed_reason: 'unpaid', api: false, enabled: false });
  await cluster.apply(slug, { lifecycle: { state: 'Active' } });
  await becomes(slug, 'Ready', 'True/Ready');
  expect(await seen()).toEqual({ state: 'Active', closed_reason: null, api: true, enabled: true });
  // Each transition is told once, however many passes there were.
  expect(await toldOf(slug)).toEqual(['1 created Active', '2 suspended Suspended unpaid', '3 resumed Active']);
});

/** Events of the tenant's life, which no relay takes out of the outbox here. */
async function toldOf(slug: string): Promise<string[]> {
  const { rows } = await platform.admin.query<{ told: string }>(
    `select concat_ws(' ', o.version - 1000000000, split_part(o.type, '.', 4), o.data #>> '{tenant,state}', o.data ->> 'reason') as told
     from tenantry.outbox o join tenantry.tenants t on t.app_role = o.writer and t.tenant_id = o.aggregate_id
     where t.slug = $1 and o.aggregate = 'tenant' and o.type like 'dev.tenantry.tenant.%' order by o.version`,
    [slug],
  );
  return rows.map(({ told }) => told);
}

it('takes writing away from a read-only tenant, and gives it back', async () => {
  const { slug, names } = await readyTenant();
  const mayWrite = async () => {
    const { rows } = await platform.admin.query(
      `select has_table_privilege($1, $2, 'insert') as write, has_table_privilege($1, $2, 'select') as read`,
      [names.appRole, `${names.schema}.customers`],
    );
    return rows[0];
  };
  await cluster.apply(slug, { lifecycle: { state: 'ReadOnly', reason: 'audit' } });
  await becomes(slug, 'Ready', 'True/Ready');
  expect(await mayWrite()).toEqual({ write: false, read: true });
  await cluster.apply(slug, { lifecycle: { state: 'Active' } });
  await becomes(slug, 'Ready', 'True/Ready');
  expect(await mayWrite()).toEqual({ write: true, read: true });
});

it('says Unknown, not False and not Ready, while PostgreSQL cannot be looked at, and heals by itself', async () => {
  const { slug } = await readyTenant();
  const login = `tenantry_operator@${platform.cell.name}`;
  await platform.admin.query(`alter role "${login}" nologin`);
  await platform.admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [login]);
  await becomes(slug, 'Ready', 'Unknown/ObservationFailed');
  await platform.admin.query(`alter role "${login}" login`);
  await becomes(slug, 'Ready', 'True/Ready');
});

it('purges only when the grace period is over, and then without a Tenant', async () => {
  const confirmed = { 'tenantry.dev/confirm-delete': '' };
  const slug = platform.slug();
  confirmed['tenantry.dev/confirm-delete'] = slug;
  await cluster.apply(slug, { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '3s' }, confirmed);
  await becomes(slug, 'Ready', 'True/Ready');
  const names = tenantNames(slug, platform.cell.name);
  const tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  // What the tenant's admins have made by the api goes with it.
  const { identity } = platform.ports;
  await identity.createMachineClient({ clientId: `machine-${tenantId}-1`, tenantId, secret: 's'.repeat(43), enabled: true });
  const writer = [names.appRole];
  await platform.admin.query(
    `insert into tenantry.identity_work (writer, kind, id, due_at) values ($1, 'user', gen_random_uuid(), now())`,
    writer,
  );
  await platform.admin.query(`insert into tenantry.revoked_tokens (writer, subject, issued_until) values ($1, 's', now())`, writer);
  await platform.admin.query(
    `insert into tenantry.webhook_due (writer, delivery_id, endpoint_id, due_at) values ($1, gen_random_uuid(), gen_random_uuid(), now())`,
    writer,
  );
  await cluster.remove(slug);
  await eventually(async () => expect(await cluster.tenant(slug)).toBeUndefined(), PATIENCE);
  const stone = async () =>
    (await platform.admin.query('select purge_after, purged_at, receipt from tenantry.tombstones where tenant_id = $1', [tenantId]))
      .rows[0];
  expect((await stone()).purged_at).toBeNull();
  expect((await platform.ports.kafka.topics([names.eventsTopic])).size).toBe(1);
  await eventually(async () => expect((await stone()).purged_at).not.toBeNull(), PATIENCE);
  const { purge_after, purged_at, receipt } = await stone();
  expect(purged_at.getTime()).toBeGreaterThanOrEqual(purge_after.getTime());
  expect(receipt).toMatchObject({ topics: [names.eventsTopic], client: names.machineClientId });
  expect((await platform.ports.kafka.topics([names.eventsTopic])).size).toBe(0);
  expect(await identity.clientsMadeFor(tenantId)).toEqual([]);
  for (const table of ['identity_work', 'revoked_tokens', 'webhook_due'])
    expect((await platform.admin.query(`select from tenantry.${table} where writer = $1`, writer)).rowCount).toBe(0);
  // The name is free. Credentials of its first tenant have other names, so that nothing it left open works again.
  await cluster.apply(slug);
  await becomes(slug, 'Ready', 'True/Ready');
  const { status } = (await cluster.tenant(slug)) ?? {};
  expect(status?.tenantId).not.toBe(tenantId);
  expect(status?.messaging?.principal).toBe(`User:${names.kafkaUser}.2`);
});

it('keeps the data of a deleted tenant, keeps its name for it, and gives it back to who names it', async () => {
  const { slug, names } = await readyTenant();
  const first = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  await platform.admin.query(
    `insert into ${names.schema}.customers (id, name, status, version, created_at, updated_at) values (gen_random_uuid(), 'Kept', 'active', 1, now(), now())`,
  );
  await cluster.remove(slug);
  await eventually(async () => expect(await cluster.tenant(slug)).toBeUndefined(), PATIENCE);
  expect((await cluster.events(slug)).join('\n')).toMatch(/Retained: Kept: schema retired_/);
  expect((await platform.ports.kafka.topics([names.eventsTopic])).size).toBe(1);
  expect((await platform.ports.kafka.loginMarks(names.kafkaUser)).size).toBe(0);

  await cluster.apply(slug);
  await becomes(slug, 'Stalled', 'True/NameRetained');
  await cluster.apply(slug, {}, { 'tenantry.dev/adopt': '01900000-0000-7000-8000-000000000000' });
  await becomes(slug, 'Stalled', 'True/AdoptionMismatch');
  expect((await platform.admin.query('select 1 from pg_namespace where nspname = $1', [names.schema])).rows).toEqual([]);

  await cluster.apply(slug, {}, { 'tenantry.dev/adopt': first });
  await becomes(slug, 'Ready', 'True/Ready');
  expect((await cluster.tenant(slug))?.status?.tenantId).toBe(first);
  expect((await platform.admin.query(`select name from ${names.schema}.customers`)).rows).toEqual([{ name: 'Kept' }]);
  expect(await toldOf(slug)).toEqual(['1 created Active', '2 deleted Closed', '3 restored Active']);
});

it('counts a deletion with protection on as Retain although the policy says Delete', async () => {
  const { slug } = await readyTenant({ deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' });
  // Protection comes back between the guard's answer and the reconciler's look, as it would when the CRD itself is removed.
  await cluster.apply(
    slug,
    { deletionPolicy: 'Delete', deletionProtection: false, deletionGracePeriod: '0s' },
    { 'tenantry.dev/confirm-delete': slug },
  );
  const tenant = await cluster.tenant(slug);
  await platform.admin.query(
    `insert into tenantry.outbox (id, writer, type, aggregate, aggregate_id, version, occurred_at, data)
     values (gen_random_uuid(), $1, 't', 'a', gen_random_uuid(), 1, now(), '{}')`,
    [tenantNames(slug, platform.cell.name).appRole],
  );
  await cluster.remove(slug);
  // Held up by the outbox, which no relay empties here.
  await eventually(
    async () => expect((await cluster.tenant(slug))?.status?.conditions?.find(({ type }) => type === 'Ready')?.message).toMatch(/relay/),
    PATIENCE,
  );
  await cluster.apply(
    slug,
    { deletionPolicy: 'Delete', deletionProtection: true, deletionGracePeriod: '0s' },
    { 'tenantry.dev/confirm-delete': slug },
  );
  await platform.admin.query('delete from tenantry.outbox');
  await eventually(async () => expect(await cluster.tenant(slug)).toBeUndefined(), PATIENCE);
  const { rows } = await platform.admin.query('select policy, purge_after from tenantry.tombstones where tenant_id = $1', [
    tenant?.status?.tenantId,
  ]);
  expect(rows).toEqual([{ policy: 'Retain', purge_after: null }]);
  await eventually(async () => expect((await cluster.events(slug)).join('\n')).toContain('DeletionProtected'), PATIENCE);
});

it('says what the pods of a dedicated tenant complain about, and removes them when it becomes pooled', async () => {
  const className = `own-${platform.cell.name}`;
  await cluster.makeClass({ workload: { mode: 'Dedicated', allowedModes: ['Dedicated', 'Pooled'] } }, className);
  const slug = platform.slug();
  const names = tenantNames(slug, platform.cell.name);
  await cluster.apply(slug, { classRef: { name: className } });
  await eventually(async () => {
    const condition = (await cluster.tenant(slug))?.status?.conditions?.find(({ type }) => type === 'WorkloadReady');
    expect(`${condition?.status} ${condition?.message}`).toMatch(/^False 0 of 1 replicas are ready: pod .*(Image|Pull|Config)/);
  }, PATIENCE);
  await cluster.apply(slug, { classRef: { name: className }, workload: { mode: 'Pooled' } });
  await becomes(slug, 'Ready', 'True/Ready');
  expect(await cluster.api.get(CHILDREN.Deployment, { namespace: 'tenantry-tenants', name: names.workload })).toBeUndefined();
});
