import type { DesktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';

/** Opens a screen of the platform view and signs in there as whom the window knows. @param address behind `#/platform/` */
export async function openAsStaff(page: DesktopWindow['page'], address: string): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/#/platform/${address}`);
  // The screen before this one has such a button, too.
  await page.getByText('Sign in as platform staff').waitFor();
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}
