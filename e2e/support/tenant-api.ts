import type { Customer, CustomerVersion, ProblemCode } from '@tenantry/contracts';
import { send, type WireAnswer } from './wire.ts';

/** One answer of a tenant's API. */
export interface ApiAnswer<Body = unknown> extends WireAnswer {
  readonly body: Body;
  /** Value of the ETag header, quotes included. */
  readonly etag: string | undefined;
}

/** A write the API has acknowledged. After every fault it must still be there (design §7, I1). */
export interface AcknowledgedWrite {
  readonly change: CustomerVersion['change'];
  readonly id: string;
  readonly version: number;
  /** What the API said the customer is now; absent for a deletion. */
  readonly customer: Customer | undefined;
}

export interface CallOptions {
  readonly body?: unknown;
  /** Sent as it is, for bodies that are no JSON. */
  readonly rawBody?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * One caller of one tenant's API: an address, a way to get tokens, and a memory of every write that was acknowledged.
 * It speaks plain HTTP, so that wrong requests can be made and every header be seen; nothing is retried.
 */
export class TenantApi {
  readonly url: string;
  readonly acknowledged: AcknowledgedWrite[] = [];
  readonly #token: () => Promise<string>;

  constructor(url: string, token: () => Promise<string>) {
    this.url = url.replace(/\/$/, '');
    this.#token = token;
  }

  async call<Body = unknown>(method: string, path: string, options: CallOptions = {}): Promise<ApiAnswer<Body>> {
    return this.anonymously(method, path, {
      ...options,
      headers: { authorization: `Bearer ${await this.#token()}`, ...options.headers },
    });
  }

  /** The same call without a token. */
  async anonymously<Body = unknown>(method: string, path: string, { body, rawBody, headers }: CallOptions = {}): Promise<ApiAnswer<Body>> {
    const text = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
    const mediaType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await send({
      method,
      url: `${this.url}${path}`,
      headers: { ...(text === undefined ? {} : { 'content-type': mediaType }), ...headers },
      ...(text === undefined ? {} : { body: text }),
    });
    const etag = answer.headers.etag;
    const isJson = String(answer.headers['content-type'] ?? '').includes('json');
    return { ...answer, body: (isJson ? JSON.parse(answer.text) : undefined) as Body, etag: typeof etag === 'string' ? etag : undefined };
  }

  /** The same caller at another address. */
  at(url: string): TenantApi {
    return new TenantApi(url, this.#token);
  }

  /** @throws Error unless the customer was created */
  async create(fields: object, headers: Readonly<Record<string, string>> = {}): Promise<Customer> {
    const { body } = await this.#expect<Customer>(201, 'POST', '/v1/customers', { body: fields, headers });
    this.acknowledged.push({ change: 'created', id: body.id, version: body.version, customer: body });
    return body;
  }

  /** @throws Error unless the change was made */
  async update(customer: Pick<Customer, 'id' | 'version'>, patch: object): Promise<Customer> {
    const { body } = await this.#expect<Customer>(200, 'PATCH', `/v1/customers/${customer.id}`, {
      body: patch,
      headers: ifMatch(customer.version),
    });
    this.acknowledged.push({ change: 'updated', id: body.id, version: body.version, customer: body });
    return body;
  }

  /** @throws Error unless the customer was deleted */
  async delete(customer: Pick<Customer, 'id' | 'version'>): Promise<void> {
    await this.#expect(204, 'DELETE', `/v1/customers/${customer.id}`, { headers: ifMatch(customer.version) });
    this.acknowledged.push({ change: 'deleted', id: customer.id, version: customer.version + 1, customer: undefined });
  }

  async get(id: string): Promise<Customer> {
    return (await this.#expect<Customer>(200, 'GET', `/v1/customers/${id}`)).body;
  }

  async search(words: string): Promise<readonly Customer[]> {
    const path = `/v1/customers?${new URLSearchParams({ search: words, limit: '20' })}`;
    return (await this.#expect<{ items: readonly Customer[] }>(200, 'GET', path)).body.items;
  }

  /** Newest version first. */
  async history(id: string): Promise<readonly CustomerVersion[]> {
    return (await this.#expect<{ items: readonly CustomerVersion[] }>(200, 'GET', `/v1/customers/${id}/history?limit=200`)).body.items;
  }

  /** Every customer, page by page. */
  async list(): Promise<readonly Customer[]> {
    const all: Customer[] = [];
    let next: string | null = null;
    do {
      const query: string = next === null ? 'limit=200' : `limit=200&cursor=${encodeURIComponent(next)}`;
      const { body } = await this.#expect<{ items: readonly Customer[]; page: { next: string | null } }>(
        200,
        'GET',
        `/v1/customers?${query}`,
      );
      all.push(...body.items);
      next = body.page.next;
    } while (next !== null);
    return all;
  }

  async #expect<Body>(status: number, method: string, path: string, options: CallOptions = {}): Promise<ApiAnswer<Body>> {
    const answer = await this.call<Body>(method, path, options);
    if (answer.status !== status) throw new Error(`${method} ${path} answered ${answer.status} ${answer.text}`);
    return answer;
  }
}

/** If-Match for a version. */
export function ifMatch(version: number): Readonly<Record<string, string>> {
  return { 'if-match': `"${version}"` };
}

/** What of a problem a caller relies on; request ids and times are left out, so that two refusals can be compared. */
export function problemOf(answer: ApiAnswer): {
  status: number;
  code: ProblemCode | undefined;
  type: string | undefined;
  title: string | undefined;
} {
  const body = (answer.body ?? {}) as { code?: ProblemCode; type?: string; title?: string };
  return { status: answer.status, code: body.code, type: body.type, title: body.title };
}
