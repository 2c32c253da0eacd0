import type { Environment } from '@tenantry/desktop/platform/environment.ts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { personSecret, SAMPLE_STAFF } from '@tenantry/stack/keycloak/realms.ts';
import { runningStack } from '@tenantry/stack/testing/running-stack.ts';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { desktopEnvironment } from './support/desktop-environment.ts';
import { openAsStaff } from './support/open-as-staff.ts';

/** Prometheus asks every quarter of a minute, and a rate needs it to have asked twice. */
const PATIENCE = { timeout: 120_000 };
let environment: Environment;
let desktop: DesktopWindow | undefined;

beforeAll(async () => {
  environment = await desktopEnvironment();
});
afterEach(async () => {
  await desktop?.[Symbol.asyncDispose]();
  desktop = undefined;
});

it('the fleet has moving numbers of every part of the platform, each as a value, a line and a query', async () => {
  const { page } = await fleetOf(environment);
  const metrics = page.getByRole('region', { name: 'Metrics', exact: true });
  await metrics.getByText('Measured', { exact: false }).waitFor(PATIENCE);
  // Of the relay, the operator and RabbitMQ: these are measured although nobody does anything.
  await metrics.getByRole('img', { name: /^Oldest event in the outbox: [\d.]+ \w+\. Between / }).waitFor(PATIENCE);
  await metrics
    .getByRole('region', { name: 'Waiting for the operator' })
    .getByText(/^[\d.]+$/)
    .first()
    .waitFor(PATIENCE);
  await metrics.getByRole('region', { name: 'Messages in RabbitMQ' }).getByText(/^\d+$/).waitFor(PATIENCE);
  await metrics.getByRole('button', { name: 'Copy the query of “Requests”' }).waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    expect({ colorScheme, problems: await desktop?.accessibilityProblems() }).toEqual({ colorScheme, problems: [] });
  }
  await metrics.getByText('Six hours', { exact: true }).click();
  await metrics.getByRole('radio', { name: 'Six hours', checked: true }).waitFor({ state: 'attached' });
  await metrics.getByRole('region', { name: 'Messages in RabbitMQ' }).getByText(/^\d+$/).waitFor();
  expect(desktop?.complaints).toEqual([]);
}, 300_000);

it('where there is no Prometheus that a person may ask, the screen says so and has everything else', async () => {
  const { staff } = environment;
  if (staff === undefined) throw new Error('the local platform has a platform view');
  const { page } = await fleetOf({ ...environment, staff: { ...staff, prometheus: { namespace: 'monitoring', service: 'nowhere' } } });
  await page.getByText('You may not ask Prometheus here').waitFor();
  await page.getByText('monitoring/nowhere', { exact: false }).waitFor();
  await page.getByRole('region', { name: 'Roll-out of classes' }).getByText('standard', { exact: true }).waitFor();
});

async function fleetOf(at: Environment): Promise<DesktopWindow> {
  const stack = await runningStack('keycloak', 'kube-apiserver');
  desktop = await desktopWindow({ environment: at });
  desktop.signInWith({ username: SAMPLE_STAFF.username, password: await stack.secret(personSecret(SAMPLE_STAFF.username)) });
  const { page } = desktop;
  await openAsStaff(page, 'fleet');
  return desktop;
}
