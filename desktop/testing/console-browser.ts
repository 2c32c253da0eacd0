import { chromium, type Locator, type Page } from 'playwright-core';
import { accessibilityProblems, type Credentials, fillInForm } from './desktop-window.ts';

/** A person's browser with the web console open: a real Chromium, the identity provider's real form, and nothing of ours between them. */
export interface ConsoleBrowser extends AsyncDisposable {
  readonly page: Page;
  /** Another page of the same browser. */
  readonly newPage: (address: string) => Promise<Page>;
  /** Presses the button that `opens` a second tab at the identity provider, fills its form in there, and waits until that tab is gone. */
  readonly signInBeside: (opens: Locator, person: Credentials) => Promise<void>;
  /** Follows the page to the identity provider, fills its form in, and waits until the page is back at its own origin. */
  readonly signIn: (person: Credentials) => Promise<void>;
  /** Everything a page has written to its console as an error, and requests its policy refused. */
  readonly complaints: readonly string[];
  /** Origins that pages of the console have sent requests to. */
  readonly origins: ReadonlySet<string>;
  readonly accessibilityProblems: () => Promise<string[]>;
}

/** Patience for a machine that does five other things. */
const LIMIT_MS = 60_000;

/** @param address of the screen to open */
export async function consoleBrowser(address: string): Promise<ConsoleBrowser> {
  const { origin } = new URL(address);
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  // A person's browser would be told of the local authority, which signed the identity provider's certificate.
  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce', ignoreHTTPSErrors: true });
  context.setDefaultTimeout(LIMIT_MS);
  const complaints: string[] = [];
  const origins = new Set<string>();
  const newPage = async (url: string): Promise<Page> => {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error' && page.url().startsWith(origin)) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.frame().url().startsWith(origin)) origins.add(new URL(request.url()).origin);
    });
    await page.goto(url);
    return page;
  };
  const page = await newPage(address);
  return {
    page,
    newPage,
    signInBeside: async (opens, person) => {
      const [second] = await Promise.all([context.waitForEvent('page'), opens.click()]);
      const gone = second.waitForEvent('close');
      await fillInForm(second, person);
      await gone;
    },
    signIn: async (person) => {
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await page.waitForURL((url) => url.origin !== origin);
      await fillInForm(page, person);
      await page.waitForURL((url) => url.origin === origin && url.search === '');
    },
    complaints,
    origins,
    accessibilityProblems: () => accessibilityProblems(page),
    [Symbol.asyncDispose]: () => browser.close(),
  };
}
