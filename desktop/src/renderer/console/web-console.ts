import Keycloak from 'keycloak-js';
import { type BrowserPlatformOptions, browserPlatform } from '../../platform/browser/browser-platform.ts';
import { CONSOLE_SETTINGS_PATH, ConsoleSettings } from '../../platform/browser/console-settings.ts';
import { start } from '../app/start.tsx';

const page: BrowserPlatformOptions['page'] = {
  address: () => new URL(location.href),
  show: (hash) => history.replaceState(null, '', hash),
  tabStorage: sessionStorage,
  storage: localStorage,
};

const platform = browserPlatform({
  settings: ConsoleSettings.parse(await (await fetch(CONSOLE_SETTINGS_PATH)).json()),
  client: (config) => new Keycloak(config),
  fetch: (url, init) => fetch(url, init),
  page,
  otherTabs: new BroadcastChannel('tenantry.session'),
  reload: () => location.reload(),
  openTab,
  versions: { browser: navigator.userAgent },
});
// The screen asks for the session, too, and shows what is wrong with it.
const session = platform.session('tenants').catch(() => {});
// Who comes back from signing in is put on the screen they left before the first one is shown.
if (location.search !== '') await session;
await start(platform);

// A page from before an update asks for screens that are not there any more: loaded anew it is today's. Once, as the screen may be at fault.
addEventListener('vite:preloadError', (event) => {
  const tried = sessionStorage.getItem('tenantry.loadedAnew');
  if (tried === location.href) return;
  sessionStorage.setItem('tenantry.loadedAnew', location.href);
  event.preventDefault();
  location.reload();
});

/** By a link, as a person would: a file is downloaded and the page stays. */
function openTab(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.click();
}
