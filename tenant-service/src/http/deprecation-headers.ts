import type { Deprecation } from '@tenantry/contracts';

/** `Deprecation` (RFC 9745, a structured date), `Sunset` (RFC 8594, an HTTP date) and where to go instead. */
export function deprecationHeaders({ since, sunset, successor }: Deprecation): Readonly<Record<string, string>> {
  return {
    deprecation: `@${Math.floor(Date.parse(since) / 1000)}`,
    sunset: new Date(sunset).toUTCString(),
    ...(successor === undefined ? {} : { link: `<${successor}>; rel="successor-version"` }),
  };
}
