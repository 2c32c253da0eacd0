import type { EnvironmentKind } from './environment.ts';

/**
 * An address that may be given to the browser: https, or http in a development environment, whose servers have no certificates. Never a file, a
 * script or another program's scheme: it would be run. @returns it as written anew, or nothing
 */
export function externalLink(link: string, kind: EnvironmentKind): string | undefined {
  if (!URL.canParse(link)) return undefined;
  const url = new URL(link);
  if (url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' || (url.protocol === 'http:' && kind === 'development') ? url.href : undefined;
}
