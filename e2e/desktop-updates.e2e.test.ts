import type { Environment } from '@tenantry/desktop/platform/environment.ts';
import { type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Nobody signs in here: the offer is on every screen. */
const ENVIRONMENT: Environment = {
  id: 'prod',
  name: 'Production',
  kind: 'production',
  tenants: { issuer: 'https://id.example.org/realms/tenantry', clientId: 'tenantry-desktop', apiUrl: 'https://api.example.org' },
};
const NOTES = 'Faster lists.\n<img src=x onerror="document.title=1">';

const done: string[] = [];
let desktop: DesktopWindow;
beforeAll(async () => {
  desktop = await desktopWindow({
    environment: ENVIRONMENT,
    updates: {
      packedAddress: async () => 'https://updates.example.org/tenantry',
      open: async () => ({
        check: async () => {
          done.push('check');
          return { version: '9.9.9', notes: NOTES };
        },
        download: async (onPercent) => {
          done.push('download');
          onPercent(42);
        },
        restart: async () => void done.push('restart'),
      }),
    },
  });
});
afterAll(() => desktop?.[Symbol.asyncDispose]());

it('a newer version is offered in a corner, downloaded and started when the person says so, and its notes are text', async () => {
  const { page, accessibilityProblems } = desktop;
  const notice = page.getByRole('region', { name: 'Update', exact: true });
  await page.getByRole('button', { name: 'Account and preferences' }).click();
  await page.getByText(/^Version under test/).waitFor();
  expect(await notice.count()).toBe(0);
  await page.getByRole('button', { name: 'Check for updates' }).click();
  await notice.getByText('Version 9.9.9 is available').waitFor();
  await page.keyboard.press('Escape');

  await notice.getByText('What is new').click();
  await notice.getByText('<img src=x onerror').waitFor();
  expect(await notice.locator('img').count()).toBe(0);
  expect(await accessibilityProblems()).toEqual([]);
  expect(done).toEqual(['check']);

  await notice.getByRole('button', { name: 'Download' }).click();
  await notice.getByText('Version 9.9.9 is ready').waitFor();
  expect(await accessibilityProblems()).toEqual([]);
  expect(done).toEqual(['check', 'download']);

  // By keys: it goes away, comes back to who looks, and restarts.
  await notice.getByRole('button', { name: 'Restart now' }).focus();
  await page.keyboard.press('Escape');
  await notice.waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.getByRole('textbox', { name: 'Find a command' }).fill('check for');
  await page.getByRole('button', { name: 'Check for updates' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: 'Find a command' }).waitFor({ state: 'detached' });
  await notice.getByRole('button', { name: 'Restart now' }).focus();
  await page.keyboard.press('Enter');
  await eventually(async () => expect(done).toEqual(['check', 'download', 'restart']));
});
