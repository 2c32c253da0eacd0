import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Where receivers listen. Anything else is somebody's database, mail or shell. */
const PORTS: ReadonlySet<string> = new Set(['', '443', '8443']);
/** Names that mean the inside of something: this machine, a cluster, a cloud's own zone (RFC 6761, RFC 6762, RFC 9476). */
const INSIDE =
  /(^|\.)(localhost|local|localdomain|internal|intranet|lan|home|corp|private|svc|cluster\.local|home\.arpa|alt|onion|test|invalid)$/;
const URL_LENGTH_MAX = 2000;

/** Why a webhook may not go to an address. The message is for the tenant. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

/**
 * The URL of a receiver as it will be called. Looks at the text alone; where its name leads is decided when connecting (guardedAgent).
 * `allowedOrigins` are good as they are: receivers of tests and of a developer's machine.
 * @throws TargetRefused.
 */
export function webhookTarget(text: string, allowedOrigins: ReadonlySet<string>): URL {
  // Parsers differ over these, and the WHATWG one removes or turns some of them silently.
  if (text.length > URL_LENGTH_MAX || /[\s\\\p{Cc}]/u.test(text) || !URL.canParse(text)) throw new TargetRefused('is not a URL');
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') throw new TargetRefused('must not hold a user name or password');
  if (text.includes('#')) throw new TargetRefused('must not have a fragment');
  if (allowedOrigins.has(url.origin)) return url;
  if (url.protocol !== 'https:') throw new TargetRefused('must be https');
  if (!PORTS.has(url.port)) throw new TargetRefused('must be at port 443 or 8443');
  const host = url.hostname.replace(/\.$/, '');
  const address = host.replace(/^\[(.*)\]$/, '$1');
  if (isIP(address) !== 0) {
    if (!isPublicAddress(address)) throw new TargetRefused('must be a public address');
  } else if (!host.includes('.') || INSIDE.test(host)) {
    throw new TargetRefused('must have a public host name');
  }
  return url;
}
