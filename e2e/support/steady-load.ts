import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AcknowledgedWrite } from './tenant-api.ts';

/** What is called, by whom and how often. */
export interface LoadPlan {
  readonly url: string;
  readonly token: () => Promise<string>;
  readonly ratePerSecond: number;
  /** Kept open between requests, as a program's HTTP client does. */
  readonly connections?: number;
}

/** One request and what became of it. */
export interface Sent {
  readonly method: string;
  /** When it was sent, on the clock of `performance.now()`. */
  readonly at: number;
  /** 0: there was no answer. */
  readonly status: number;
  readonly ms: number;
  readonly retryAfter: string | undefined;
  /** Why there was none, or the body of a refusal. */
  readonly text: string;
}

interface Answer extends Sent {
  readonly body: Reference | undefined;
}

/** A create that is refused is tried again with its key until it succeeds, as a careful client does; then it gives up. */
const GIVE_UP_MS = 30_000;

/** Of ten requests. Each customer is changed once and deleted once at most, so one that was refused may all the same have happened. */
const TURNS = ['create', 'create', 'get', 'change', 'create', 'list', 'create', 'change', 'get', 'delete'] as const;

type Reference = Pick<AcknowledgedWrite, 'id' | 'version'>;

/**
 * Customers created (with an Idempotency-Key), changed, read, listed and deleted at a steady rate, whether answers come or not: a server that
 * hangs meets more requests, not fewer.
 */
export class SteadyLoad {
  readonly sent: Sent[] = [];
  readonly acknowledged: AcknowledgedWrite[] = [];
  /** Creates that were begun; at the end each has made exactly one customer. */
  creates = 0;
  /** Answers since the last one that was no success. */
  successesInARow = 0;
  readonly #plan: LoadPlan;
  readonly #agent: Agent;
  readonly #timer: NodeJS.Timeout;
  readonly #underWay = new Set<Promise<void>>();
  readonly #unchanged: Reference[] = [];
  readonly #changed: Reference[] = [];
  /** Is never deleted, so that reading it succeeds. */
  #kept: Reference | undefined;
  readonly #began = performance.now();
  #ticks = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#agent = new Agent({ keepAlive: true, maxSockets: plan.connections ?? 32 });
    this.#timer = setInterval(() => this.#sendDue(), 10);
  }

  /** Sends no more, and resolves when every request is answered and every create has succeeded or given up. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    this.#agent.destroy();
  }

  /** What was answered with anything but success. */
  get refused(): readonly Sent[] {
    return this.sent.filter(({ status }) => !isSuccess(status));
  }

  #sendDue(): void {
    const due = Math.floor(((performance.now() - this.#began) / 1000) * this.#plan.ratePerSecond);
    for (; this.#ticks < due; this.#ticks += 1) {
      const work = this.#next(TURNS[this.#ticks % TURNS.length]).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
  }

  async #next(turn: (typeof TURNS)[number] | undefined): Promise<void> {
    if (turn === 'list') return void (await this.#call('GET', '/v1/customers?limit=10'));
    if (turn === 'get') {
      if (this.#kept !== undefined) return void (await this.#call('GET', `/v1/customers/${this.#kept.id}`));
    }
    const customer = turn === 'change' ? this.#unchanged.shift() : turn === 'delete' ? this.#changed.shift() : undefined;
    if (customer === undefined) return await this.#create();
    return turn === 'change' ? await this.#change(customer) : await this.#delete(customer);
  }

  async #create(): Promise<void> {
    this.creates += 1;
    const [key, name, began] = [randomUUID(), `Customer ${this.creates}`, performance.now()];
    for (;;) {
      const { status, body, retryAfter } = await this.#call('POST', '/v1/customers', { name }, { 'idempotency-key': key });
      if (status === 201 && body) {
        this.acknowledged.push({ change: 'created', id: body.id, version: body.version, customer: undefined });
        if (this.creates % 2 === 0) this.#kept = body;
        else this.#unchanged.push(body);
        return;
      }
      if (performance.now() - began > GIVE_UP_MS) return;
      await sleep(1000 * Number(retryAfter ?? 1));
    }
  }

  async #change({ id, version }: Reference): Promise<void> {
    const { status } = await this.#call('PATCH', `/v1/customers/${id}`, { segment: 'changed' }, { 'if-match': `"${version}"` });
    if (status !== 200) return;
    this.acknowledged.push({ change: 'updated', id, version: version + 1, customer: undefined });
    this.#changed.push({ id, version: version + 1 });
  }

  async #delete({ id, version }: Reference): Promise<void> {
    const { status } = await this.#call('DELETE', `/v1/customers/${id}`, undefined, { 'if-match': `"${version}"` });
    if (status === 204) this.acknowledged.push({ change: 'deleted', id, version: version + 1, customer: undefined });
  }

  async #call(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const authorization = `Bearer ${await this.#plan.token()}`;
    const answer = await this.#send(method, path, { authorization, ...headers }, body === undefined ? undefined : JSON.stringify(body));
    this.sent.push(answer);
    this.successesInARow = isSuccess(answer.status) ? this.successesInARow + 1 : 0;
    return answer;
  }

  #send(method: string, path: string, headers: Readonly<Record<string, string>>, body: string | undefined): Promise<Answer> {
    const began = performance.now();
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const content = body === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) };
    return new Promise((resolve) => {
      const done = (status: number, text: string, retryAfter?: string): void =>
        resolve({
          method,
          at: began,
          status,
          ms: performance.now() - began,
          retryAfter,
          text: isSuccess(status) ? '' : text,
          body: isSuccess(status) && text !== '' ? JSON.parse(text) : undefined,
        });
      const outgoing = request(`${this.#plan.url}${path}`, {
        method,
        agent: this.#agent,
        headers: { ...headers, ...content },
        timeout: 30_000,
      });
      outgoing.on('response', (incoming) => {
        let text = '';
        incoming.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        incoming.on('end', () => done(incoming.statusCode ?? 0, text, incoming.headers['retry-after']));
        incoming.on('error', (error) => done(0, error.message));
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 30 s')));
      outgoing.on('error', (error: NodeJS.ErrnoException) => done(0, `${error.code ?? ''} ${error.message}`));
      outgoing.end(body);
    });
  }
}

function isSuccess(status: number): boolean {
  return status === 200 || status === 201 || status === 204;
}
