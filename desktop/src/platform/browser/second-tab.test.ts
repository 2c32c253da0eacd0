import { expect, it, onTestFinished } from 'vitest';
import { handBack, secondTab } from './second-tab.ts';

const URL_OF_PROVIDER = 'https://id.example/auth?client_id=c&state=s1';

/** A page of the console, in a browser of its own. */
function pageOf(browser: string): BroadcastChannel {
  const channel = new BroadcastChannel(browser);
  onTestFinished(() => channel.close());
  return channel;
}

/** A page that has sent a tab to the provider. */
function asking(browser: string) {
  const shown: string[] = [];
  const location = { replace: (url: string) => void shown.push(url) } as unknown as Location;
  const answer = secondTab({ location, close: () => {} }, pageOf(browser)).ask(URL_OF_PROVIDER);
  return { answer, shown };
}

it('gives the page what the provider answered to the tab that it sent, and the tab is done', async () => {
  const { answer, shown } = asking('one');
  expect(shown).toEqual([URL_OF_PROVIDER]);
  expect(await handBack('?state=s1&code=c1', pageOf('one'))).toBe(true);
  expect(await answer).toBe('?state=s1&code=c1');
});

it('gives no page what another one waits for; where none waits the answer is the tab’s own', async () => {
  const { answer } = asking('two');
  expect(await handBack('?state=other&code=c1', pageOf('two'), 50)).toBe(false);
  expect(await handBack('?state=s1&error=access_denied', pageOf('two'))).toBe(true);
  expect(await answer).toBe('?state=s1&error=access_denied');
});
