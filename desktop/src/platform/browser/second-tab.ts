/** A tab that is opened for signing in beside a page that must stay. */
export interface SecondTab {
  /** Sends it to the provider. @returns what the provider answers: the query of the address that the tab comes back to */
  readonly ask: (url: string) => Promise<string>;
  readonly close: () => void;
}

/** What the pages of one browser tell each other of it. The answer of the provider opens nothing without what the asking page knows. */
type Said = { readonly cameBack: string } | { readonly taken: string };

type Channel = Pick<BroadcastChannel, 'postMessage' | 'addEventListener' | 'removeEventListener'>;

/** How long a tab that came back waits for the page that sent it. That may be gone. */
const PATIENCE_MS = 2_000;

/** @param opened the new tab, as the browser hands it out */
export function secondTab(opened: Pick<Window, 'location' | 'close'>, otherTabs: Channel): SecondTab {
  return {
    close: () => opened.close(),
    ask: (url) => {
      const state = stateIn(new URL(url).search);
      const answer = new Promise<string>((resolve) => {
        const hear = ({ data }: MessageEvent<unknown>): void => {
          if (!isSaid(data) || !('cameBack' in data) || stateIn(data.cameBack) !== state) return;
          otherTabs.removeEventListener('message', hear);
          otherTabs.postMessage({ taken: state } satisfies Said);
          resolve(data.cameBack);
        };
        otherTabs.addEventListener('message', hear);
      });
      opened.location.replace(url);
      return answer;
    },
  };
}

/** Gives what the provider answered to the page that waits for it. @returns false when none does: then it is this tab's own */
export async function handBack(query: string, otherTabs: Channel, patienceMs: number = PATIENCE_MS): Promise<boolean> {
  const taken = Promise.withResolvers<boolean>();
  const hear = ({ data }: MessageEvent<unknown>): void => {
    if (isSaid(data) && 'taken' in data && data.taken === stateIn(query)) taken.resolve(true);
  };
  otherTabs.addEventListener('message', hear);
  otherTabs.postMessage({ cameBack: query } satisfies Said);
  const timer = setTimeout(() => taken.resolve(false), patienceMs);
  return await taken.promise.finally(() => {
    clearTimeout(timer);
    otherTabs.removeEventListener('message', hear);
  });
}

function stateIn(query: string): string {
  return new URLSearchParams(query).get('state') ?? '';
}

function isSaid(data: unknown): data is Said {
  return typeof data === 'object' && data !== null && ('cameBack' in data || 'taken' in data);
}
