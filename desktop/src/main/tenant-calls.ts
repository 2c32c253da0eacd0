import { ProblemDocument } from '@tenantry/contracts';
import { PlatformError } from '../platform/platform-error.ts';
import { problemAnswer, refusedAnswer } from '../platform/problem-answer.ts';
import { UNREACHED_HEADER } from '../platform/unreached.ts';
import { SAFE_HEADERS } from './content-security-policy.ts';
import type { DesktopLog } from './desktop-log.ts';
import type { Fetch } from './electron-port.ts';

export interface TenantCallsOptions {
  /** Where the shared replicas answer. A tenant with replicas of its own is found from there. */
  readonly apiUrl: string;
  readonly fetch: Fetch;
  /** A token for the tenant's api, for this call of the window. @throws PlatformError */
  readonly token: (tenant: string, request: Request) => Promise<string>;
  /** The api did not take the token. */
  readonly expire: (tenant: string) => void;
  readonly log: DesktopLog;
  readonly patienceMs?: number;
}

/** A question whose answer has not begun by then is not going to be answered: a network that swallows everything says nothing else. */
const PATIENCE_MS = 30_000;

/** What goes from the window to the api. A cookie, a token or an origin of the window's does not. */
const PASSED_ON = [
  'accept',
  'accept-language',
  'content-type',
  'if-match',
  'if-none-match',
  'idempotency-key',
  'last-event-id',
  'traceparent',
];
/** What does not come back: it is about the connection behind, or was undone on the way. */
const KEPT_BACK = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-encoding',
  'content-length',
  'set-cookie',
  'strict-transport-security',
  UNREACHED_HEADER,
];

/**
 * Carries the window's calls to the tenant's api and puts the person's token on: the window holds none. Bodies stream both ways, so a stream of
 * events is one, and an upload is never whole in memory.
 */
export class TenantCalls {
  readonly #options: TenantCallsOptions;
  /** Tenant → where it is served. */
  readonly #addresses = new Map<string, Promise<string>>();

  constructor(options: TenantCallsOptions) {
    this.#options = options;
  }

  /** Whatever happens, the answer is one the api could have given: screens know one kind of failure. */
  async call(tenant: string, path: string, request: Request): Promise<Response> {
    try {
      const answer = await this.#send(tenant, path, request, await this.#addressOf(tenant, request));
      if (answer.status === 401) this.#options.expire(tenant);
      if (answer.status !== 421) return answer;
      // It has moved since we asked. What was read can be read again; what was written is the caller's to repeat.
      this.#addresses.delete(tenant);
      return request.body === null ? await this.#send(tenant, path, request, await this.#addressOf(tenant, request)) : answer;
    } catch (error) {
      if (request.signal.aborted) throw error;
      if (error instanceof PlatformError) return refusedAnswer(error, SAFE_HEADERS);
      this.#addresses.delete(tenant);
      this.#options.log.error('a call could not be made', { tenant, method: request.method }, error);
      return problemAnswer('unavailable', 'The api does not answer. Nothing was lost here; try again in a moment.', SAFE_HEADERS);
    }
  }

  async #send(tenant: string, path: string, request: Request, address: string): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${await this.#options.token(tenant, request)}` };
    for (const name of PASSED_ON) {
      const value = request.headers.get(name);
      if (value !== null) headers[name] = value;
    }
    const answer = await this.#ask(new URL(path, address).href, {
      method: request.method,
      headers,
      redirect: 'error',
      signal: request.signal,
      ...(request.body === null ? {} : { body: request.body, duplex: 'half' }),
    } as RequestInit);
    const passed = new Headers(SAFE_HEADERS);
    answer.headers.forEach((value, name) => {
      if (!KEPT_BACK.includes(name)) passed.set(name, value);
    });
    const isEmpty = answer.status === 204 || answer.status === 304;
    return new Response(isEmpty ? null : answer.body, { status: answer.status, headers: passed });
  }

  /** Gives up only what can be asked again, and only before the answer begins: a stream may take for ever. */
  async #ask(url: string, init: RequestInit): Promise<Response> {
    if (init.method !== 'GET') return await this.#options.fetch(url, init);
    const tired = new AbortController();
    const timer = setTimeout(() => tired.abort(new Error('nobody answers')), this.#options.patienceMs ?? PATIENCE_MS);
    const signal = AbortSignal.any([tired.signal, ...(init.signal ? [init.signal] : [])]);
    return await this.#options.fetch(url, { ...init, signal }).finally(() => clearTimeout(timer));
  }

  /** Asked once for a tenant: the shared replicas answer 421 with the address of one they do not serve. */
  #addressOf(tenant: string, request: Request): Promise<string> {
    let address = this.#addresses.get(tenant);
    if (address === undefined) {
      address = this.#findAddress(tenant, request);
      this.#addresses.set(tenant, address);
      address.catch(() => this.#addresses.delete(tenant));
    }
    return address;
  }

  async #findAddress(tenant: string, request: Request): Promise<string> {
    const { apiUrl, token } = this.#options;
    const answer = await this.#ask(new URL('/v1/tenant', apiUrl).href, {
      method: 'GET',
      headers: { authorization: `Bearer ${await token(tenant, request)}`, accept: 'application/json' },
    });
    if (answer.status !== 421) {
      await answer.body?.cancel();
      // A refusal says nothing of where it is served: whoever asks next asks again.
      if (!answer.ok) this.#addresses.delete(tenant);
      return apiUrl;
    }
    const { url } = ProblemDocument.parse(await answer.json());
    // The token goes there next: never over a weaker connection than the one that named it.
    const isWeaker = url !== undefined && new URL(url).protocol !== 'https:' && new URL(apiUrl).protocol === 'https:';
    if (url === undefined || isWeaker) throw new Error(`${tenant} is served at no address we may call`);
    return url;
  }
}
