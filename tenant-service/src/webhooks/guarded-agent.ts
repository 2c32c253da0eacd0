import { isIP, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { isPublicAddress } from './public-address.ts';
import { NOT_PUBLIC, publicLookup } from './public-lookup.ts';
import { TargetRefused } from './webhook-target.ts';

interface GuardedAgentOptions {
  /** Receivers that are reached wherever their name leads. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly connectMs: number;
  /** How a name becomes addresses; the system's resolver unless a test plays the name server. */
  readonly resolve?: LookupFunction;
  /** PEM of authorities beside the usual ones. */
  readonly ca?: readonly string[];
}

/**
 * Connections to receivers. What a name leads to is asked once, by the socket itself, and the addresses that passed are the very ones it connects
 * to: a name server that answers differently the next time changes nothing. One address that is not public refuses the name as a whole.
 * TLS goes to the name. @throws (when connecting) TargetRefused.
 */
export function guardedAgent({ allowedOrigins, connectMs, resolve, ca }: GuardedAgentOptions): Agent {
  const tls = { timeout: connectMs, ...(ca === undefined ? {} : { ca: [...ca] }) };
  const open = buildConnector(tls);
  const guarded = buildConnector({ ...tls, lookup: publicLookup(resolve) });
  return new Agent({
    // As many sockets as there are attempts: endpoints of one host, perhaps of two tenants, must not wait for each other.
    connections: null,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    maxResponseSize: -1,
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[(.*)\]$/, '$1');
      const { origin } = new URL(`${options.protocol}//${host.includes(':') ? `[${host}]` : host}:${options.port}`);
      if (allowedOrigins.has(origin)) return open(options, callback);
      // A host that is an address is connected to without any look-up.
      if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(new TargetRefused(NOT_PUBLIC), null);
      return guarded(options, callback);
    },
  });
}
