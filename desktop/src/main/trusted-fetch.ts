import { Agent, fetch as undiciFetch } from 'undici';
import type { Fetch } from './electron-port.ts';

/** A `fetch` that trusts these authorities and no others: for installations with certificates of their own. @param authorities PEM */
export function trustedFetch(authorities: string): Fetch {
  const dispatcher = new Agent({ connect: { ca: authorities, timeout: 10_000 } });
  return async (url, init) => {
    // The same standard in two typings: of undici's package, and of Node's own copy of it.
    const answer = await undiciFetch(url, { ...(init as object), dispatcher });
    return answer as unknown as Response;
  };
}
