import { windowFiles } from './window-files.ts';

export interface RequestDesk {
  /** Folder of the built page. */
  readonly folder: string;
  /** Scheme and host of the page: `app://bundle`. */
  readonly origin: string;
  /** Carries a call to a tenant's api. */
  readonly callTenant: (tenant: string, path: string, request: Request) => Promise<Response>;
}

/** Everything the window fetches: its own files, and `/api/<tenant>/v1/…`, which is the tenant's api with the person's token put on. */
export async function answerRequest({ folder, origin, callTenant }: RequestDesk, request: Request): Promise<Response> {
  const url = new URL(request.url);
  if (originOf(url) !== origin) return new Response('not found', { status: 404 });
  const call = tenantCallOf(url);
  if (call === undefined) return await windowFiles(folder, request);
  // Only the page calls: not an address that somebody made it navigate to, nor another page.
  const from = request.headers.get('origin');
  if (request.headers.get('sec-fetch-mode') === 'navigate' || (from !== null && from !== origin))
    return new Response('forbidden', { status: 403 });
  return await callTenant(call.tenant, call.path, request);
}

/** Which tenant's api an address of the page means, and what of it; nothing for every other address. */
export function tenantCallOf(url: URL): { readonly tenant: string; readonly path: string } | undefined {
  const [, tenant, path] = /^\/api\/([a-z][a-z0-9-]{1,38}[a-z0-9])(\/v1\/[^\\]*)$/.exec(url.pathname) ?? [];
  return tenant === undefined || path === undefined ? undefined : { tenant, path: `${path}${url.search}` };
}

/** `URL.origin` is "null" for schemes it does not know. */
function originOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}
