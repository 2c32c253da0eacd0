import { randomBytes } from 'node:crypto';
import { GROUP, VERSION } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { dieAfterEachEffect } from '../../testing/die-after-each-effect.ts';
import { type OperatorProcess, startOperator } from '../../testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '../../testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '../../testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '../../testing/test-platform.ts';
import { TENANT_ACCESSES, type TenantAccessObject } from '../kubernetes/resources.ts';

const PATIENCE = { limitMs: 120_000, everyMs: 100 };
const REALM = '/tenantry';

let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess | undefined;
/** One tenant for the whole file: what is tested is who is in it. */
let slug: string;
let tenantId: string;
let organizationId: string;
let person: { readonly id: string; readonly email: string };

beforeAll(async () => {
  [platform, home] = await Promise.all([testPlatform({ claim: false }), privateCluster()]);
  cluster = await testCluster(home.adminKubeconfig, `acc-${platform.cell.name}`);
  slug = platform.slug();
  await started();
  await cluster.apply(slug);
  await ready();
  tenantId = (await cluster.tenant(slug))?.status?.tenantId ?? '';
  const { rows } = await platform.admin.query('select organization_id from tenantry.tenants where tenant_id = $1', [tenantId]);
  organizationId = rows[0].organization_id;
}, 300_000);
afterAll(async () => {
  await operator?.stop();
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  person = await account();
});
afterEach(async () => {
  for (const { metadata } of (await cluster.api.list(TENANT_ACCESSES, {})).items) await cluster.api.delete(TENANT_ACCESSES, metadata);
  await platform.stack.keycloak.operator.remove(`${REALM}/users/${person.id}`);
});

function environment(): Record<string, string> {
  return platform.environment({
    OPERATOR_NAME: cluster.name,
    KUBECONFIG_FILE: home.operatorKubeconfig,
    SERVICE_IMAGE: 'localhost/none',
    METRICS_PORT: '0',
    DRIFT_CHECK_INTERVAL: '500ms',
  });
}

async function started(): Promise<void> {
  operator = await startOperator(environment());
}

async function stopped(): Promise<void> {
  await operator?.stop();
  operator = undefined;
}

async function ready(reason = 'Ready'): Promise<void> {
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator?.output().slice(-3000)).toBe(`True/${reason}`),
    PATIENCE,
  );
}

/** An account of the tenants' realm, as staff have one. */
async function account(emailVerified = true): Promise<{ readonly id: string; readonly email: string }> {
  const email = `staff-${randomBytes(4).toString('hex')}@example.test`;
  const id = await platform.stack.keycloak.operator.post(`${REALM}/users`, { username: email, email, emailVerified, enabled: true });
  return { id, email };
}

async function ask(name: string, spec: object = {}): Promise<void> {
  const object = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'TenantAccess',
    metadata: { name },
    spec: { tenantRef: { name: slug }, email: person.email, reason: 'Ticket 4711', requestedBy: 'admin', ...spec },
  };
  await cluster.api.create(TENANT_ACCESSES, object as unknown as TenantAccessObject);
}

/** Reason of `Ready`, and what it says. */
async function said(name: string): Promise<string> {
  const access = await cluster.api.get(TENANT_ACCESSES, { name });
  const condition = access?.status?.conditions?.find(({ type }) => type === 'Ready');
  return `${condition?.reason}: ${condition?.message}`;
}

async function says(name: string, text: string): Promise<void> {
  await eventually(async () => expect(await said(name), operator?.output().slice(-3000)).toContain(text), PATIENCE);
}

const isMember = () => platform.ports.identity.isMember(organizationId, person.id);
async function isOut(): Promise<void> {
  await eventually(async () => expect(await isMember(), operator?.output().slice(-3000)).toBe(false), PATIENCE);
}

/** What the tenant was told of this person, oldest first. No relay runs here: it stays in the outbox. */
async function told(): Promise<{ readonly type: string; readonly data: Record<string, unknown> }[]> {
  const { rows } = await platform.admin.query(
    `select replace(replace(type, 'dev.tenantry.tenant.', ''), '.v1', '') as type, data from tenantry.outbox
     where aggregate_id = $1 and data #>> '{staff,subject}' = $2 order by version`,
    [tenantId, person.id],
  );
  return rows;
}

/** Until when tokens of this person are refused, in seconds from now; undefined when they never were. */
async function refusedFor(): Promise<number | undefined> {
  const { rows } = await platform.admin.query(
    'select extract(epoch from issued_until - now())::float as seconds from tenantry.revoked_tokens where subject = $1',
    [person.id],
  );
  return rows[0]?.seconds;
}

it('lets somebody in with a role, tells the tenant who, why and until when, and takes them out when the access is deleted', async () => {
  await ask('look', { role: 'editor', duration: '20m' });
  await says('look', `Inside: ${person.email} is a member of ${slug} with the role editor until `);
  const group = (await platform.ports.identity.groups(organizationId)).get('editor') ?? '';
  expect(await platform.ports.identity.groupMembers(organizationId, group)).toEqual([person.id]);
  const { metadata, status } = (await cluster.api.get(TENANT_ACCESSES, { name: 'look' })) ?? {};
  expect(Date.parse(status?.until ?? '') - Date.parse(metadata?.creationTimestamp ?? '')).toBe(20 * 60_000);
  const staff = { subject: person.id, email: person.email, role: 'editor', requestedBy: 'admin' };
  const entered = { type: 'staff-entered', data: { staff, reason: 'Ticket 4711', until: new Date(status?.until ?? '').toISOString() } };
  expect(await told()).toMatchObject([entered]);
  expect(await refusedFor()).toBeUndefined();

  await cluster.api.delete(TENANT_ACCESSES, { name: 'look' });
  await eventually(
    async () => expect(await told()).toMatchObject([entered, { type: 'staff-left', data: { staff, because: 'left' } }]),
    PATIENCE,
  );
  expect(await isMember()).toBe(false);
  // Tokens of before are refused; those of a later membership are not.
  expect(await refusedFor()).toBeLessThanOrEqual(0);
  await eventually(async () => {
    const events = (await cluster.events(slug)).filter((event) => event.includes(person.email));
    expect(events.map((event) => event.split(':')[0]).sort()).toEqual(['StaffEntered', 'StaffLeft']);
    expect(events.join()).toContain('as admin asked: Ticket 4711');
  }, PATIENCE);
}, 240_000);

it('takes somebody out whose time ran out, or whose access was deleted, while no operator ran and the tenant is paused', async () => {
  const other = person;
  await ask('forgotten');
  await says('forgotten', 'Inside');
  person = await account();
  await ask('short', { duration: '40s' });
  await says('short', 'Inside');
  await cluster.apply(slug, { paused: true });
  await stopped();
  await cluster.api.delete(TENANT_ACCESSES, { name: 'forgotten' });
  await eventually(async () => {
    const { status } = (await cluster.api.get(TENANT_ACCESSES, { name: 'short' })) ?? {};
    expect(Date.parse(status?.until ?? '')).toBeLessThan(Date.now());
  }, PATIENCE);
  expect(await isMember()).toBe(true);
  await started();
  await says('short', `AccessEnded: ${person.email} is in no more: the time was over.`);
  await isOut();
  await platform.stack.keycloak.operator.remove(`${REALM}/users/${person.id}`);
  person = other;
  await isOut();
  await cluster.apply(slug);
  await ready();
}, 240_000);

it('ends with the tenant’s suspension, and does not begin again', async () => {
  await ask('look');
  await says('look', 'Inside');
  await cluster.apply(slug, { lifecycle: { state: 'Suspended', reason: 'unpaid' } });
  await says('look', 'AccessEnded');
  await isOut();
  await ask('later');
  await says('later', `TenantNotOpen: Tenant ${slug} is suspended.`);
  await cluster.apply(slug);
  await ready();
  await says('later', 'Inside');
  expect(await said('look')).toContain('the tenant was suspended or deleted');
}, 240_000);

it('leaves a membership that is none of its own, and puts nobody back whom the tenant has shown out', async () => {
  const { identity } = platform.ports;
  await identity.addMember(organizationId, person.id);
  await ask('needless');
  await says('needless', 'AlreadyMember');
  await cluster.api.delete(TENANT_ACCESSES, { name: 'needless' });
  expect(await told()).toEqual([]);

  await identity.removeMember(organizationId, person.id);
  await ask('look');
  await says('look', 'Inside');
  await ask('again');
  await says('again', 'AlreadyInside');
  await cluster.api.delete(TENANT_ACCESSES, { name: 'again' });
  await identity.removeMember(organizationId, person.id);
  await says('look', `AccessEnded: ${person.email} is in no more: somebody took the membership away.`);
  expect((await told()).at(-1)).toMatchObject({ data: { because: 'shown-out' } });
}, 240_000);

it('lets nobody in without an account whose address is proven', async () => {
  await ask('unknown', { email: `nobody-${randomBytes(4).toString('hex')}@example.test` });
  await says('unknown', 'NoAccount: No account of the tenants’ realm has the address');
  const unproven = await account(false);
  await ask('unproven', { email: unproven.email });
  await says('unproven', 'NoAccount: The account with the address');
  expect(await platform.ports.identity.isMember(organizationId, unproven.id)).toBe(false);
  await platform.stack.keycloak.operator.remove(`${REALM}/users/${unproven.id}`);
}, 240_000);

it('is told once and leaves nothing behind when the operator is killed after each thing it does', async () => {
  await stopped();
  await cluster.freeLease();
  await ask('look', { role: 'viewer' });
  const entering = await dieAfterEachEffect(environment(), cluster.freeLease, async () => (await said('look')).startsWith('Inside'));
  expect(await isMember()).toBe(true);
  await cluster.freeLease();
  await cluster.api.delete(TENANT_ACCESSES, { name: 'look' });
  const leaving = await dieAfterEachEffect(environment(), cluster.freeLease, async () => (await told()).length === 2);
  // The row, the membership, its group, the row again; the tokens, the membership, and the row, which is seen before the process is dead.
  expect(entering).toBe(4);
  expect(leaving).toBeGreaterThanOrEqual(2);
  expect((await told()).map(({ type }) => type)).toEqual(['staff-entered', 'staff-left']);
  expect(await isMember()).toBe(false);
  await cluster.freeLease();
  await started();
}, 400_000);
