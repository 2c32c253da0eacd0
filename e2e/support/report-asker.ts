import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestTenant } from './test-tenant.ts';

const EVERY_MS = 5000;
const AGAIN_MS = 1000;
const FORMATS = ['csv', 'ndjson', 'xlsx', 'pdf'] as const;

/** Asks for a report of the tenant at once and every few seconds, in all formats by turns, until it is stopped. One that is refused is asked for again. */
export class ReportAsker {
  readonly #tenant: TestTenant;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #accepted = 0;
  /** What was answered instead of 202. */
  readonly refused: string[] = [];

  constructor(tenant: TestTenant) {
    this.#tenant = tenant;
    this.#running = this.#run();
  }

  /** @returns how many were accepted */
  async stop(): Promise<number> {
    this.#stop.abort();
    await this.#running;
    return this.#accepted;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let key = randomUUID();
    do {
      const isAccepted = await this.#ask(key);
      if (isAccepted) key = randomUUID();
      await sleep(isAccepted ? EVERY_MS : AGAIN_MS, undefined, { signal }).catch(() => {});
    } while (!signal.aborted);
  }

  async #ask(key: string): Promise<boolean> {
    const body = { report: 'customer-segments', format: FORMATS[this.#accepted % FORMATS.length] };
    try {
      const { status, text } = await this.#tenant.api.call('POST', '/v1/reports', { body, headers: { 'idempotency-key': key } });
      if (status !== 202) this.refused.push(`${status} ${text}`);
      else this.#accepted += 1;
      return status === 202;
    } catch (error) {
      this.refused.push(String(error));
      return false;
    }
  }
}
