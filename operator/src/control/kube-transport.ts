import { type Dispatcher, request } from 'undici';
import { errorFromStatus, KubeError, type KubeStatus } from './kube-error.ts';
import type { ControlMetrics } from './metrics.ts';

/** What a request needs to be let in. */
export interface Access {
  /** Without a slash at its end. */
  readonly server: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
}

/** Knows how to come in: by a kubeconfig, or with the token of a person who signed in. */
export interface AccessSource {
  /** For the next request. @throws KubeError `Unauthorized` when there is nobody to come in as. */
  current(): Promise<Access>;
  /** The server said 401: look anew before the next call. */
  expire(): void;
  /** Ends its connections. */
  close(): Promise<void>;
}

export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface KubeTransportOptions {
  readonly metrics?: ControlMetrics | undefined;
  readonly userAgent?: string | undefined;
  /** Every call without its own; default 10 s. */
  readonly timeoutMs?: number | undefined;
}

/** HTTP to the API server: credentials, timeouts, and refusals as KubeError. Knows no kinds. */
export class KubeTransport {
  private readonly source: AccessSource;
  private readonly options: KubeTransportOptions;

  constructor(source: AccessSource, options: KubeTransportOptions = {}) {
    this.source = source;
    this.options = options;
  }

  /** The parsed body. @throws KubeError; or the caller's own abort reason. */
  async call(call: KubeCall): Promise<{ status: number; body: unknown }> {
    const timeout = AbortSignal.timeout(Math.ceil(call.timeoutMs ?? this.options.timeoutMs ?? 10_000));
    const signal = call.signal === undefined ? timeout : AbortSignal.any([call.signal, timeout]);
    return this.translated(call, timeout, async () => {
      const answer = await this.send(call, signal);
      return { status: answer.statusCode, body: parse(await answer.body.text()) };
    });
  }

  /**
   * The body as it comes, for a watch. The caller ends it by aborting `call.signal`.
   * `timeoutMs` covers the time until the answer begins; silence after that is the caller's business.
   */
  async open(call: KubeCall & { signal: AbortSignal }): Promise<AsyncIterable<Buffer>> {
    const opening = new AbortController();
    const timer = setTimeout(() => opening.abort(), call.timeoutMs ?? this.options.timeoutMs ?? 10_000);
    try {
      return await this.translated(call, opening.signal, async () => {
        const answer = await this.send(call, AbortSignal.any([call.signal, opening.signal]));
        return answer.body;
      });
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    await this.source.close();
  }

  private async send(call: KubeCall, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { server, headers, dispatcher } = await this.source.current();
    const pending = request(server + call.path + queryText(call.query), {
      method: call.method,
      dispatcher,
      signal,
      headersTimeout: 0,
      bodyTimeout: 0,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': this.options.userAgent ?? 'tenantry',
        ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      body: call.body === undefined ? null : JSON.stringify(call.body),
    });
    const answer = await orAborted(pending, signal);
    this.options.metrics?.requests.inc({ method: call.method, code: `${answer.statusCode}` });
    if (answer.statusCode < 400) return answer;
    if (answer.statusCode === 401) this.source.expire();
    const body = parse(await answer.body.text());
    const status: KubeStatus | undefined = typeof body === 'object' && body !== null ? body : { message: `${body}`.trim().slice(0, 500) };
    const retryAfter = answer.headers['retry-after'];
    throw errorFromStatus(
      `${call.method} ${call.path}`,
      answer.statusCode,
      status,
      typeof retryAfter === 'string' ? retryAfter : undefined,
    );
  }

  private async translated<R>(call: KubeCall, timeout: AbortSignal, action: () => Promise<R>): Promise<R> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof KubeError) throw error;
      this.options.metrics?.requests.inc({ method: call.method, code: 'error' });
      if (call.signal?.aborted) throw call.signal.reason;
      const what = `${call.method} ${call.path}`;
      if (timeout.aborted) throw new KubeError('Timeout', `${what}: no answer in time`, { cause: error });
      throw new KubeError('Unreachable', `${what}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  }
}

/** undici hears an abort only once it is connected, and a server that accepts and says nothing would hold the call that long. */
function orAborted(pending: Promise<Dispatcher.ResponseData>, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      pending.then((late) => late.body.dump()).catch(() => undefined);
    };
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    pending.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function queryText(query: KubeCall['query']): string {
  const entries = Object.entries(query ?? {}).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, `${value}`]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
}

/** Health endpoints answer in plain text. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
