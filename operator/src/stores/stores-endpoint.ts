import type { IncomingMessage, ServerResponse } from 'node:http';
import { PROBLEMS, type ProblemCode, problemType, TenantSlug, type TenantStores } from '@tenantry/contracts';
import { lookAtStores, type StoreOwner, type Stores } from './look-at-stores.ts';
import { SharedLooks } from './shared-looks.ts';

/** Long enough that ten people with the same screen open are one, short enough to be the present. */
const KEPT_MS = 3000;
/** Looks at once. One goes on as long as a store that is away keeps it waiting, up to ten seconds. */
const MOST_LOOKS = 4;
const PATH = /^\/tenants\/([^/]*)\/stores$/;

/**
 * `GET /tenants/{name}/stores`: what a tenant has in PostgreSQL, Kafka and RabbitMQ at this moment.
 * @returns what answers a request, or says that the path is another's
 */
export function storesEndpoint(options: {
  readonly stores: Stores;
  /** Undefined: no tenant of this operator. */
  readonly tenant: (name: string) => StoreOwner | undefined;
}): (request: IncomingMessage, response: ServerResponse) => boolean {
  const looks = new SharedLooks<TenantStores>({ keptMs: KEPT_MS, most: MOST_LOOKS });
  return (request, response) => {
    const name = PATH.exec(request.url?.split('?')[0] ?? '')?.[1];
    if (name === undefined) return false;
    const tenant = TenantSlug.safeParse(name).success ? options.tenant(name) : undefined;
    if (request.method !== 'GET') refuse(response, 'method-not-allowed', 'Only GET: this looks and changes nothing.', { allow: 'GET' });
    else if (tenant === undefined) refuse(response, 'not-found', 'This operator has no such tenant.');
    else
      answer(
        response,
        looks.ask(name, () => lookAtStores(options.stores, tenant)),
      );
    return true;
  };
}

function answer(response: ServerResponse, look: Promise<TenantStores> | undefined): void {
  if (look === undefined) {
    refuse(response, 'too-many-requests', 'Others are being looked at; ask again in a moment.', { 'retry-after': '1' });
    return;
  }
  look.then(
    (stores) => response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(stores)),
    () => refuse(response, 'internal', 'The look failed.'),
  );
}

function refuse(response: ServerResponse, code: ProblemCode, detail: string, headers: Readonly<Record<string, string>> = {}): void {
  const { status, title } = PROBLEMS[code];
  response
    .writeHead(status, { 'content-type': 'application/problem+json', ...headers })
    .end(JSON.stringify({ type: problemType(code), code, title, status, detail }));
}
