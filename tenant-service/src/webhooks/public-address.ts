import ipaddr from 'ipaddr.js';

/** Addresses of public ranges by which a cloud answers its own machines: Azure's host, which hands out settings and keys. */
const CLOUD_HOSTS: ReadonlySet<string> = new Set(['168.63.129.16']);
/** The only part of IPv6 that is given out as public (RFC 4291 §2.4). All else is somebody's inside, or carries an IPv4 address in disguise. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address (as a resolver or a URL parser gives it) may be called for a tenant: ordinary public unicast and nothing else, by the registries
 * of special ranges. Refused are so private, loopback, link-local (metadata services), shared (CGNAT), multicast, benchmark, documentation and
 * reserved ranges, and every IPv6 form that ends at an IPv4 address (mapped, NAT64, 6to4, Teredo). What is no address is refused.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast' || CLOUD_HOSTS.has(parsed.toString())) return false;
  return parsed.kind() === 'ipv4' || parsed.match(GLOBAL_UNICAST);
}
