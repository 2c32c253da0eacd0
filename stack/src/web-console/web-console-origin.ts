import { PORTS } from '../ports.ts';

/**
 * Where the local platform's web console is. On loopback, whatever address the node has: without a certificate a browser lets a page hash a PKCE
 * challenge there and nowhere else.
 */
export function webConsoleOrigin(): string {
  return `http://localhost:${PORTS.webConsole}`;
}
