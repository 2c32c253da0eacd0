import i18next from 'i18next';
import Keycloak from 'keycloak-js';
import { type BrowserPlatformOptions, browserPlatform } from '../../platform/browser/browser-platform.ts';
import { CONSOLE_SETTINGS_PATH, ConsoleSettings } from '../../platform/browser/console-settings.ts';
import { isSentByAnother } from '../../platform/browser/keycloak-sign-in.ts';
import { handBack, secondTab } from '../../platform/browser/second-tab.ts';
import { readPreferences } from '../app/preferences.ts';
import { start } from '../app/start.tsx';
import { startWords } from '../app/words.ts';

const otherTabs = new BroadcastChannel('tenantry.session');
const page: BrowserPlatformOptions['page'] = {
  address: () => new URL(location.href),
  show: (hash) => history.replaceState(null, '', hash),
  // Unheard by the router: it is not its part of the address.
  setQuery: (query) => History.prototype.replaceState.call(history, history.state, '', `${location.pathname}${query}${location.hash}`),
  openSecondTab: () => {
    const opened = window.open('', '_blank');
    return opened === null ? undefined : secondTab(opened, otherTabs);
  },
  tabStorage: sessionStorage,
  storage: localStorage,
};

if (isSentByAnother(page) && (await handBack(location.search, otherTabs))) await giveWay();
else await begin();

// A page from before an update asks for screens that are not there any more: loaded anew it is today's. Once, as the screen may be at fault.
addEventListener('vite:preloadError', (event) => {
  const tried = sessionStorage.getItem('tenantry.loadedAnew');
  if (tried === location.href) return;
  sessionStorage.setItem('tenantry.loadedAnew', location.href);
  event.preventDefault();
  location.reload();
});

async function begin(): Promise<void> {
  const platform = browserPlatform({
    settings: ConsoleSettings.parse(await (await fetch(CONSOLE_SETTINGS_PATH)).json()),
    client: (config) => new Keycloak(config),
    fetch: (url, init) => fetch(url, init),
    page,
    otherTabs,
    reload: () => location.reload(),
    openTab,
    versions: { browser: navigator.userAgent },
  });
  // The screen asks for the session, too, and shows what is wrong with it.
  const session = platform.session('tenants').catch(() => {});
  // Who comes back from signing in is put on the screen they left before the first one is shown.
  if (location.search !== '') await session;
  await start(platform);
}

/** The page that has sent this tab goes on. Where a browser does not let a tab close itself, it says so. */
async function giveWay(): Promise<void> {
  history.replaceState(null, '', location.pathname);
  window.close();
  await startWords(readPreferences().language);
  document.body.textContent = i18next.t('signIn.again.done');
}

/** By a link, as a person would: a file is downloaded and the page stays. */
function openTab(url: string): void {
  const link = document.createElement('a');
  link.href = url;
  link.target = '_blank';
  link.rel = 'noopener noreferrer';
  link.click();
}
