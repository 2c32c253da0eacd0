import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Frame, type Page } from 'playwright-core';
import { type DesktopApplication, desktopApplication } from '../src/main/desktop-application.ts';
import type { ElectronPort, Sender } from '../src/main/electron-port.ts';
import type { Environment } from '../src/platform/environment.ts';
import { desktopBuild } from './desktop-build.ts';
import { pageServer } from './page-server.ts';

/** A person at the identity provider's form. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * The desktop application without Electron: the built page in a real Chromium, the real preload script in it, and behind the bridge the real main
 * process's modules, in this process. What it cannot show is Electron's own part: its sandbox, its scheme, its keyring and its fuses.
 */
export interface DesktopWindow extends AsyncDisposable {
  readonly page: Page;
  readonly application: DesktopApplication;
  /** Who fills in the form when the application next opens the browser to sign in. */
  readonly signInWith: (person: Credentials) => void;
  /** Addresses given to the system's browser, sign-ins left out. */
  readonly opened: readonly string[];
  /** Everything the page has written to its console as an error, and requests its policy refused. */
  readonly complaints: readonly string[];
  /** Messages the operating system was given to show, with what a click on each does. */
  readonly messages: readonly SystemMessage[];
  /** Whether the person looks at the window; they do to begin with. */
  readonly look: (isAtWindow: boolean) => void;
  /** Names of what the window has given to be kept for being offline: keys of queries. */
  readonly keptNames: readonly string[];
  /** What axe finds serious or critical on the screen, one line each; empty is what is wanted. */
  readonly accessibilityProblems: () => Promise<string[]>;
  /** What cannot be read at 7:1, one line each. */
  readonly contrastProblems: () => Promise<string[]>;
}

export interface SystemMessage {
  readonly title: string;
  readonly body: string;
  readonly click: () => void;
}

export interface DesktopWindowOptions {
  readonly environment: Environment;
  /** A keyring there is; false: sessions stay in memory. */
  readonly hasKeyring?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** How the program would replace itself; by default it cannot. */
  readonly updates?: ElectronPort['updates'];
  /** Folder of an application that {@link desktopBuild} has made. */
  readonly build?: string;
}

/** Patience for a machine that does five other things. */
const LIMIT_MS = 60_000;

export async function desktopWindow({
  environment,
  hasKeyring = true,
  viewport = { width: 1280, height: 840 },
  updates,
  build,
}: DesktopWindowOptions): Promise<DesktopWindow> {
  const [built, userFolder, server] = await Promise.all([build ?? desktopBuild(), mkdtemp(join(tmpdir(), 'tenantry-user-')), pageServer()]);
  await mkdir(userFolder, { recursive: true });
  await writeFile(join(userFolder, 'environments.json'), JSON.stringify({ environments: [environment], current: environment.id }));
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  // Without moving: what fades in has for a moment no colour to judge.
  const context = await browser.newContext({ viewport, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' });
  context.setDefaultTimeout(LIMIT_MS);

  const handlers = new Map<string, (sender: Sender, input: unknown) => Promise<unknown>>();
  const opened: string[] = [];
  const complaints: string[] = [];
  const messages: SystemMessage[] = [];
  const keptNames: string[] = [];
  let isFocused = true;
  let person: Credentials | undefined;
  const page = await context.newPage();
  const port: ElectronPort = {
    handle: (name, answer) => void handlers.set(name, answer),
    tell: (name, notice) => {
      // A window that is just being closed hears nothing, as in Electron.
      page
        .evaluate(([channel, message]) => (globalThis as unknown as Told).tenantryTell(channel as string, message), [name, notice])
        .catch(() => {});
    },
    serve: server.serve,
    openInBrowser: async (url) => {
      if (!url.startsWith(environment.tenants.issuer) && !url.startsWith(environment.staff?.issuer ?? 'nowhere:')) opened.push(url);
      else await signIn(browser, url, person, (error) => complaints.push(`the form of the identity provider: ${error.message}`));
    },
    sealer: {
      isAvailable: async () => hasKeyring,
      seal: async (text) => Buffer.from(text).map((byte) => byte ^ 0x5a),
      unseal: async (sealed) => Buffer.from(sealed.map((byte) => byte ^ 0x5a)).toString('utf8'),
    },
    isWindowFocused: () => isFocused,
    notify: (message, click) => void messages.push({ ...message, click }),
    fetch: (url, init) => fetch(url, init),
    updates,
    userFolder,
    versions: { Tenantry: 'under test' },
  };
  const application = await desktopApplication({ port, origin: server.origin, pageFolder: join(built, 'renderer') });
  await page.exposeBinding('tenantryInvoke', async ({ frame }: { frame: Frame }, name: string, input: unknown) => {
    if (name === 'lastSeen.keep') keptNames.push((input as { name: string }).name);
    const sender = { origin: new URL(frame.url()).origin, isWholePage: frame.parentFrame() === null };
    return await handlers.get(name)?.(sender, input);
  });
  await page.addInitScript({ content: withoutElectron(await readFile(join(built, 'preload', 'index.cjs'), 'utf8')) });
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(`${server.origin}/`);
  return {
    page,
    application,
    signInWith: (chosen) => {
      person = chosen;
    },
    opened,
    complaints,
    messages,
    look: (isAtWindow) => {
      isFocused = isAtWindow;
    },
    keptNames,
    accessibilityProblems: () => accessibilityProblems(page),
    contrastProblems: () => contrastProblems(page),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await application.close();
      await server[Symbol.asyncDispose]();
      await rm(userFolder, { recursive: true, force: true });
    },
  };
}

interface Told {
  tenantryTell(name: string, notice: unknown): void;
}

/** The built preload script as it is, given the three functions of Electron that it uses. */
function withoutElectron(preload: string): string {
  return `(() => {
  const listeners = new Map();
  globalThis.tenantryTell = (name, notice) => { for (const listener of listeners.get(name) ?? []) listener({}, notice); };
  const ofElectron = {
    contextBridge: { exposeInMainWorld: (name, value) => { globalThis[name] = value; } },
    ipcRenderer: {
      invoke: (name, input) => globalThis.tenantryInvoke(name, input),
      on: (name, listener) => { listeners.set(name, new Set([...(listeners.get(name) ?? []), listener])); },
      removeListener: (name, listener) => { listeners.get(name)?.delete(listener); },
    },
  };
  ((require, exports) => {
    ${preload}
  })(() => ofElectron, {});
})();`;
}

/** What a person does in their own browser. Its certificate is checked by the main process; a browser would be told of the authority. */
async function signIn(browser: Browser, url: string, person: Credentials | undefined, onFailure: (error: Error) => void): Promise<void> {
  if (person === undefined) throw new Error('the application opened the browser to sign in, and the test has named nobody: signInWith()');
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  context.setDefaultTimeout(LIMIT_MS);
  // Not awaited: the application waits for the loopback address while the person types.
  void fillIn(context, url, person)
    .finally(() => context.close())
    .catch(onFailure);
}

async function fillIn(context: BrowserContext, url: string, person: Credentials): Promise<void> {
  const page = await context.newPage();
  await page.goto(url);
  await fillInForm(page, person);
  await page.waitForURL('http://127.0.0.1:*/callback**', { waitUntil: 'commit' });
}

/** Signs the person in by the identity provider's form that the page shows. */
export async function fillInForm(page: Page, person: Credentials): Promise<void> {
  await page.locator('input[name=username]').fill(person.username);
  // With organizations the form has two pages, without them one.
  if ((await page.locator('input[name=password]:visible').count()) === 0) await page.keyboard.press('Enter');
  await page.locator('input[name=password]:visible').fill(person.password);
  await page.keyboard.press('Enter');
}

/** What axe finds serious or critical on the page, one line each. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  await afterAnimations(page);
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
  return linesOf(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'));
}

async function contrastProblems(page: Page): Promise<string[]> {
  await afterAnimations(page);
  return linesOf((await new AxeBuilder({ page }).withRules(['color-contrast-enhanced']).analyze()).violations);
}

/** Half-way from one colour to another nothing has the contrast it will have. What turns for ever is not waited for. */
async function afterAnimations(page: Page): Promise<void> {
  // Another colour scheme is noticed with the next frame, and drawn, and faded into, with those behind it.
  await page.evaluate(`(async () => {
    for (let calmFrames = 0; calmFrames < 3; calmFrames += 1) {
      await new Promise(requestAnimationFrame);
      const fading = document.getAnimations().filter(({ effect, playState }) => playState === 'running' && effect.getComputedTiming().endTime !== Infinity);
      if (fading.length > 0) calmFrames = -1;
      await Promise.all(fading.map(({ finished }) => finished.catch(() => {})));
    }
  })()`);
}

type Violations = Awaited<ReturnType<AxeBuilder['analyze']>>['violations'];

function linesOf(violations: Violations): string[] {
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}
