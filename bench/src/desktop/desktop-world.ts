import { join } from 'node:path';
import { desktopBuild } from '@tenantry/desktop/testing/desktop-build.ts';
import { type Credentials, type DesktopWindow, desktopWindow } from '@tenantry/desktop/testing/desktop-window.ts';
import { addBarePage } from './bare-page.ts';
import type { DesktopServers } from './desktop-servers.ts';
import { probePages } from './page-probe.ts';

/** The desktop application in real Chromium, signed in as a member of the tenant and as a member of the staff. */
export interface DesktopWorld extends Omit<DesktopServers, 'close'>, AsyncDisposable {
  readonly window: DesktopWindow;
  readonly origin: string;
  readonly pageFolder: string;
}

/** @param folder for what is built */
export async function desktopWorld({ close: _, ...servers }: DesktopServers, folder: string): Promise<DesktopWorld> {
  const build = await desktopBuild(folder);
  const pageFolder = join(build, 'renderer');
  await addBarePage(pageFolder);
  const window = await desktopWindow({ environment: servers.environment, build });
  try {
    await probePages(window.page);
    const { origin } = new URL(window.page.url());
    await signIn(window, servers.member, `${origin}/#/tenants/${servers.slug}/customers`);
    await signIn(window, servers.staff, `${origin}/#/platform/tenants`);
    return { ...servers, window, origin, pageFolder, [Symbol.asyncDispose]: () => window[Symbol.asyncDispose]() };
  } catch (error) {
    await window[Symbol.asyncDispose]();
    throw error;
  }
}

async function signIn({ page, signInWith }: DesktopWindow, person: Credentials, url: string): Promise<void> {
  signInWith(person);
  await page.goto(url);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('grid').getByRole('row').nth(2).waitFor();
}
