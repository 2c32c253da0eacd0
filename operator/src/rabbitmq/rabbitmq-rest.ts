import { Agent, fetch } from 'undici';

/** Inside the lease margin: a call that outlives leadership must not land late. */
const TIMEOUT_MS = 5000;

/** An answer of RabbitMQ's management API that is no success. */
export class RabbitmqError extends Error {
  override readonly name = 'RabbitmqError';
  readonly status: number;

  constructor(method: string, path: string, status: number, text: string) {
    super(`RabbitMQ answered ${status} to ${method} ${path}: ${text.slice(0, 500)}`);
    this.status = status;
  }
}

/** RabbitMQ's management HTTP API, signed in by password. With TLS its certificate is checked against `ca`; there is no way to switch that off. */
export class RabbitmqRest {
  readonly #url: string;
  readonly #authorization: string;
  readonly #agent: Agent;

  constructor(options: { readonly url: string; readonly user: string; readonly password: string; readonly ca: string }) {
    this.#url = `${options.url.replace(/\/$/, '')}/api`;
    this.#authorization = `Basic ${Buffer.from(`${options.user}:${options.password}`).toString('base64')}`;
    this.#agent = new Agent({ connect: { ca: options.ca }, connections: 8, keepAliveTimeout: 60_000 });
  }

  /** Each word of the path is escaped. Undefined for an empty body. @throws RabbitmqError for any status ≥400. */
  async send(method: string, path: readonly string[], body?: unknown, query = ''): Promise<unknown> {
    const words = `/${path.map(encodeURIComponent).join('/')}`;
    const answer = await fetch(`${this.#url}${words}${query}`, {
      method,
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: this.#authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (answer.status >= 400) throw new RabbitmqError(method, words, answer.status, text);
    return text === '' ? undefined : JSON.parse(text);
  }

  /** As `send`, but undefined when what the path names is not there. */
  async find(method: string, path: readonly string[], query = ''): Promise<unknown> {
    return this.send(method, path, undefined, query).catch((error: unknown) => {
      if (error instanceof RabbitmqError && error.status === 404) return undefined;
      throw error;
    });
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }
}
