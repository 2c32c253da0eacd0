import { Agent, fetch } from 'undici';
import { z } from 'zod';
import type { TenantProbe } from './port.ts';

const TIMEOUT_MS = 5000;
const TokenAnswer = z.object({ access_token: z.string() });

/** A token by client credentials, then `GET /v1/customers?limit=1`: everything a request needs must work for it to answer 200. */
export class HttpProbe implements TenantProbe {
  readonly #tokenUrl: string;
  readonly #agent: Agent;

  constructor(options: { readonly issuer: string; readonly ca: string }) {
    this.#tokenUrl = `${options.issuer}/protocol/openid-connect/token`;
    this.#agent = new Agent({ connect: { ca: options.ca }, keepAliveTimeout: 5000 });
  }

  async ask({
    url,
    clientId,
    clientSecret,
  }: {
    readonly url: string;
    readonly clientId: string;
    readonly clientSecret: string;
  }): Promise<string | undefined> {
    const grant = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    const token = await this.#send(this.#tokenUrl, { method: 'POST', body: grant });
    if (typeof token === 'string') return `The identity server cannot be reached: ${token}.`;
    if (token.status !== 200) return `The identity server answered ${token.status} to the machine client ${clientId}.`;
    const { access_token } = TokenAnswer.parse(JSON.parse(token.text));
    const answer = await this.#send(`${url}/v1/customers?limit=1`, { headers: { authorization: `Bearer ${access_token}` } });
    if (typeof answer === 'string') return `The API at ${url} cannot be reached: ${answer}.`;
    if (answer.status !== 200) return `The API at ${url} answered ${answer.status}: ${titleOf(answer.text)}.`;
    return undefined;
  }

  async close(): Promise<void> {
    await this.#agent.close();
  }

  async #send(url: string, options: { method?: string; body?: URLSearchParams; headers?: Record<string, string> }) {
    try {
      const answer = await fetch(url, { ...options, dispatcher: this.#agent, signal: AbortSignal.timeout(TIMEOUT_MS) });
      return { status: answer.status, text: await answer.text() };
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      return cause instanceof Error ? cause.message || cause.name : String(cause);
    }
  }
}

function titleOf(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string };
    return [title, detail].filter((part) => part !== undefined).join(', ') || 'no explanation';
  } catch {
    return text.slice(0, 100) || 'an empty answer';
  }
}
