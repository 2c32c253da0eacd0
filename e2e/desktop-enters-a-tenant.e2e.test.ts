import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { type OperatorProcess, startOperator } from '@tenantry/operator/testing/operator-process.ts';
import { type PrivateCluster, privateCluster } from '@tenantry/operator/testing/private-cluster.ts';
import { conditionOf, type TestCluster, testCluster } from '@tenantry/operator/testing/test-cluster.ts';
import { type TestPlatform, testPlatform } from '@tenantry/operator/testing/test-platform.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { authenticationConfig } from '@tenantry/stack/kubernetes/authentication-config.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { openAsStaff } from './support/open-as-staff.ts';

const PATIENCE = { limitMs: 120_000, everyMs: 200 };
/** An account of the tenants' realm, as a member of staff has one there. */
const account = { username: `staff-${randomBytes(4).toString('hex')}`, password: randomBytes(12).toString('base64url') };
const email = `${account.username}@example.test`;

let folder: string;
let platform: TestPlatform;
let home: PrivateCluster;
let cluster: TestCluster;
let operator: OperatorProcess;
let desktop: DesktopWindow;
let slug: string;
let subject: string;

// A cell and a cluster of the test's own: the operator has to be this build's.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tenantry-enters-'));
  platform = await testPlatform({ claim: false });
  const { stack } = platform;
  const authentication = join(folder, 'authentication.yaml');
  await writeFile(authentication, authenticationConfig({ nodeAddress: stack.nodeAddress, identityCa: stack.ca }));
  home = await privateCluster({ manifests: ['manifests/tenant-access.yaml'], flags: [`--authentication-config=${authentication}`] });
  cluster = await testCluster(home.adminKubeconfig, `door-${platform.cell.name}`);
  operator = await startOperator(
    platform.environment({
      OPERATOR_NAME: cluster.name,
      KUBECONFIG_FILE: home.operatorKubeconfig,
      SERVICE_IMAGE: 'localhost/none',
      METRICS_PORT: '0',
    }),
  );
  slug = platform.slug();
  await cluster.apply(slug);
  subject = await stack.keycloak.operator.post('/tenantry/users', {
    ...{ username: account.username, email, emailVerified: true, enabled: true, firstName: 'Pat', lastName: 'Staff' },
    credentials: [{ type: 'password', value: account.password, temporary: false }],
  });
  await eventually(
    async () => expect(conditionOf(await cluster.tenant(slug), 'Ready'), operator.output().slice(-2000)).toBe('True/Ready'),
    PATIENCE,
  );
  const environment = await desktopEnvironment();
  desktop = await desktopWindow({
    environment: {
      ...environment,
      ...(environment.staff && { staff: { ...environment.staff, kubernetesUrl: home.upstream.url } }),
      certificateAuthorities: `${environment.certificateAuthorities}\n${home.upstream.ca}`,
    },
  });
}, 400_000);
afterAll(async () => {
  await desktop?.[Symbol.asyncDispose]();
  await operator?.stop();
  if (subject !== undefined) await platform.stack.keycloak.operator.remove(`/tenantry/users/${subject}`);
  await cluster?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
  await platform?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What the tenant was told of this person. */
async function told(): Promise<unknown[]> {
  const { rows } = await platform.admin.query(
    `select type, data from tenantry.outbox where data #>> '{staff,subject}' = $1 order by version`,
    [subject],
  );
  return rows;
}

it('a member of staff enters a tenant with a reason, sees how long they may stay on every screen of it, and leaves', async () => {
  const { page } = desktop;
  const { stack } = platform;
  desktop.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
  await openAsStaff(page, `tenants/${slug}`);
  await page.getByRole('button', { name: 'Enter tenant…' }).click();
  const dialog = page.getByRole('dialog');
  const enter = dialog.getByRole('button', { name: `Enter ${slug}` });
  expect(await enter.isDisabled()).toBe(true);
  await dialog.getByRole('textbox', { name: 'Reason' }).fill('Ticket 4711');
  await dialog.getByRole('textbox', { name: 'Your address' }).fill(email);
  expect(await desktop.accessibilityProblems()).toEqual([]);
  await enter.click();

  const open = page.getByRole('button', { name: 'Open the tenant' });
  await open.waitFor({ timeout: 120_000 });
  expect(await page.getByRole('timer').textContent()).toMatch(/^(30:00|2\d:\d\d) left$/);
  expect(await desktop.accessibilityProblems()).toEqual([]);
  const staff = { subject, email, role: 'viewer', requestedBy: `tenantry:${SAMPLE_STAFF.username}` };
  expect(await told()).toMatchObject([{ type: 'dev.tenantry.tenant.staff-entered.v1', data: { staff, reason: 'Ticket 4711' } }]);

  await open.click();
  desktop.signInWith(account);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const banner = page.getByRole('region', { name: 'Access of staff' });
  await banner.getByText(`You are in ${slug} as staff`).waitFor();
  expect(await banner.getByRole('timer').textContent()).toMatch(/ left$/);

  await banner.getByRole('button', { name: 'Leave now' }).click();
  await page.waitForURL(`**/#/platform/tenants/${slug}`);
  await eventually(async () => expect(await told()).toMatchObject([{}, { data: { staff, because: 'left' } }]), PATIENCE);
  await open.waitFor({ state: 'detached' });
}, 300_000);
