import { GROUP, TENANTS_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { testPerson } from '@tenantry/stack/testing/token-for.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Footprint, footprintOf, TENANT_CHILDREN } from './support/footprint.ts';
import { readTopic } from './support/kafka.ts';
import { kubectl, kubectlGet } from './support/kubectl.ts';
import { TenantApi } from './support/tenant-api.ts';
import { makeClass, removeClass } from './support/test-class.ts';
import { eventsOf, freshName, getTenant, onboard, readyPods, removeCompletely, type TestTenant } from './support/test-tenant.ts';
import { verify } from './support/verify.ts';

const CLASS = freshName('e2e-class');
const NEW_CUSTOMER = { name: 'Jörg Müller', email: 'joerg@example.org', phone: '+4930123456', tags: ['vip'], attributes: { shoeSize: 43 } };

beforeAll(() => makeClass(CLASS));
afterAll(() => removeClass(CLASS));

describe.each(['Pooled', 'Dedicated'] as const)('a new %s Tenant', (mode) => {
  const name = freshName(mode === 'Pooled' ? 'acme' : 'globex');
  let tenant: TestTenant;
  let footprint: Footprint;

  beforeAll(async () => {
    tenant = await onboard(name, {
      displayName: 'Acme & Söhne',
      classRef: { name: CLASS },
      workload: { mode },
      messaging: { topics: [{ name: 'orders', partitions: 2, retention: '24h' }] },
    });
    footprint = await footprintOf(name);
  });
  afterAll(() => removeCompletely(name));

  it('has every condition True for its generation, and a ledger in which every step is done or not needed', async () => {
    const { status, metadata } = await getTenant(name);
    expect(status?.observedGeneration).toBe(metadata.generation);
    const abnormal = new Set(['Reconciling', 'Stalled']);
    for (const { type, status: value, observedGeneration } of status?.conditions ?? []) {
      expect({ type, value, observedGeneration }).toEqual({
        type,
        value: abnormal.has(type) ? 'False' : 'True',
        observedGeneration: metadata.generation,
      });
    }
    const notDone = (status?.steps ?? []).filter(({ state }) => state !== 'Done').map(({ name: step, state }) => `${step} ${state}`);
    const notNeeded = mode === 'Pooled' ? ['queues', 'cache', 'files', 'workload'] : ['queues', 'files'];
    expect(notDone).toEqual(notNeeded.map((step) => `${step} NotNeeded`));
    expect(status?.steps?.length).toBeGreaterThan(8);
  });

  it('has its schema and roles in the database, of which only its own login may log in and none may do anything grand', () => {
    const { schema, ownerRole, appRole, readOnlyRole } = tenant.names;
    expect(footprint.postgres.schemas).toEqual([`${schema} ${ownerRole}`]);
    expect(footprint.postgres.roles).toEqual([appRole, `${tenant.names.login(1)} login`, ownerRole, readOnlyRole].sort());
  });

  it('has one registry row that says what the object says', () => {
    expect(footprint.postgres.registry).toEqual([
      expect.objectContaining({
        tenant_id: tenant.tenantId,
        state: 'Active',
        class: CLASS,
        mode,
        schema_name: tenant.names.schema,
        app_role: tenant.names.appRole,
        events_topic: tenant.names.eventsTopic,
        schema_version: footprint.postgres.migrations.length,
        has_organization: true,
      }),
    ]);
    expect(footprint.postgres.migrations.length).toBeGreaterThan(0);
  });

  it('has its topics as the spec says, and Kafka rights on exactly its own', () => {
    expect(footprint.kafka.topics).toEqual([
      expect.stringMatching(new RegExp(`^${name}\\.events: \\d+`)),
      expect.stringMatching(`^${name}\\.orders: 2 .*retention\\.ms=86400000`),
    ]);
    expect(footprint.kafka.acls).toEqual([
      `ALLOW DESCRIBE GROUP PREFIXED ${name}.`,
      `ALLOW DESCRIBE TOPIC PREFIXED ${name}.`,
      `ALLOW READ GROUP PREFIXED ${name}.`,
      `ALLOW READ TOPIC PREFIXED ${name}.`,
      `ALLOW WRITE TOPIC LITERAL ${name}.orders`,
    ]);
  });

  it('has an organization with its groups, and a machine client that is a member of it', () => {
    expect(footprint.keycloak).toEqual({
      organizations: [`${name} enabled admin,editor,machine,viewer`],
      clients: [`${tenant.names.machineClientId} enabled`],
      machines: [`service-account-${tenant.names.machineClientId}`],
    });
  });

  it('has its Secret, and for a dedicated one its Deployment with all that belongs to it and as many ready pods as the spec says', async () => {
    const kinds = ['Deployment', 'NetworkPolicy', 'PodDisruptionBudget', 'Service', 'ServiceAccount'];
    const workload = [...kinds.map((kind) => `${kind} ${name}-api`), `Secret ${name}-credentials`].sort();
    expect(footprint.kubernetes).toEqual(mode === 'Pooled' ? [`Secret ${name}-credentials`] : workload);
    expect(await readyPods(name)).toHaveLength(mode === 'Pooled' ? 0 : 1);
    const absent = Object.entries(tenant.secret).filter(([, value]) => value === '');
    // The shared replicas have the cell's Redis; without queues there is nothing in RabbitMQ.
    const ofServers = mode === 'Pooled' ? /^(redis|rabbitmq)/ : /^rabbitmq/;
    expect(absent.map(([key]) => key)).toEqual(Object.keys(tenant.secret).filter((key) => ofServers.test(key)));
    expect(Object.values(tenant.secret).filter((value) => value !== '' && value.length < 8)).toEqual([]);
    const { items } = await kubectlGet<{
      items: readonly { metadata: { name: string; ownerReferences?: readonly { kind: string; name: string }[] } }[];
    }>(TENANT_CHILDREN, '--namespace', TENANTS_NAMESPACE, '--selector', `tenantry.dev/tenant-id=${tenant.tenantId}`);
    expect(items.map(({ metadata }) => metadata.ownerReferences?.map((owner) => `${owner.kind} ${owner.name}`))).toEqual(
      items.map(() => [`Tenant ${name}`]),
    );
    expect(items).toHaveLength(footprint.kubernetes.length);
  });

  it('is served with a machine token: a created customer comes back from GET, search and history', async () => {
    const created = await tenant.api.create(NEW_CUSTOMER);
    expect(created).toMatchObject({ ...NEW_CUSTOMER, version: 1, status: 'active' });
    expect(await tenant.api.get(created.id)).toEqual(created);
    expect(await tenant.api.search('muller')).toEqual([created]);
    expect(await tenant.api.history(created.id)).toMatchObject([
      { version: 1, change: 'created', before: null, after: { name: NEW_CUSTOMER.name } },
    ]);
  });

  it('publishes the created event to its own topic, where a consumer with its own Kafka user reads it', async () => {
    const created = await tenant.api.create({ name: 'Ada Lovelace' });
    const records = await readTopic(tenant.kafka, {
      topic: tenant.names.eventsTopic,
      group: `${tenant.names.kafkaPrefix}onboarding`,
      enough: (found) => found.some(({ key }) => key === created.id),
    });
    const event = records.find(({ key }) => key === created.id);
    expect(event?.headers).toMatchObject({
      ce_specversion: '1.0',
      ce_type: 'dev.tenantry.customer.created.v1',
      ce_source: `/tenants/${tenant.tenantId}`,
      ce_tenantid: tenant.tenantId,
      ce_subject: `customers/${created.id}`,
      ce_aggregateversion: '1',
    });
    expect(event?.value).toEqual({ customer: created });
  });

  it('is served to a person who signed in with a password and PKCE, by the role they have', async () => {
    await using ada = await testPerson(name, 'viewer');
    const { accessToken } = await ada.signIn();
    const person = new TenantApi(tenant.url, () => Promise.resolve(accessToken));
    expect((await person.search('muller')).map((customer) => customer.name)).toEqual([NEW_CUSTOMER.name]);
    const refused = await person.call<{ code: string }>('POST', '/v1/customers', { body: { name: 'Not allowed' } });
    expect([refused.status, refused.body.code]).toEqual([403, 'role-missing']);
  });

  it('shows in kubectl get tenants, and says in an event that it became Ready', async () => {
    const [header = '', row = ''] = (await kubectl(['get', `tenants.${GROUP}`, name])).trimEnd().split('\n');
    expect(header).toMatch(/^NAME +CLASS +.*READY +REASON.* +AGE/);
    expect(row).toMatch(new RegExp(`^${name} +${CLASS} +.*True +Ready`));
    await eventually(async () => expect((await eventsOf(name)).map(({ reason }) => reason)).toContain('Provisioned'), {
      limitMs: 10_000,
    });
  });

  it('keeps its promises about what was written', async () => {
    const events = await verify(tenant);
    expect(events).toHaveLength(tenant.api.acknowledged.length);
  });
});
