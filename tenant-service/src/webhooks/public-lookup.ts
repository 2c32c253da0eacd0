import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { isPublicAddress } from './public-address.ts';
import { TargetRefused } from './webhook-target.ts';

/** What is said of a name or an address that is not public. */
export const NOT_PUBLIC = 'leads to an address that is not public';

/**
 * A look-up for a socket that answers with public addresses or refuses. The socket asks it once and connects to what it said. One address that is
 * not public refuses the name as a whole. @throws (to its callback) TargetRefused.
 */
export function publicLookup(resolve: LookupFunction = lookup): LookupFunction {
  return (hostname, options, callback) => {
    // With the dot the name is whole: the pod's search domains would make `a.example` a service of the cluster.
    resolve(hostname.endsWith('.') ? hostname : `${hostname}.`, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0);
      const found = addresses as unknown as readonly { readonly address: string; readonly family: number }[];
      const [first] = found;
      if (first === undefined || !found.every(({ address }) => isPublicAddress(address)))
        return callback(new TargetRefused(NOT_PUBLIC), '', 0);
      if (options.all) return callback(null, [...found]);
      return callback(null, first.address, first.family);
    });
  };
}
