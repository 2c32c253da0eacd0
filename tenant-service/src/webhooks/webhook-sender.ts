import type { KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Dispatcher } from 'undici';
import type { Failpoint } from '../failpoint.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { uuidv7 } from '../uuid-v7.ts';
import { type AttemptRecord, deliveryRows, type TakenDelivery } from './delivery-rows.ts';
import { disableEndpoint, noteHealth, putOff } from './delivery-statements.ts';
import type { DeliveryTicket } from './delivery-ticket.ts';
import type { EndpointBreakers } from './endpoint-breakers.ts';
import { Places } from './places.ts';
import { type AttemptResult, postWebhook } from './post-webhook.ts';
import { retryAfterFailure } from './retry-ladder.ts';
import type { SecretBox } from './secret-box.ts';
import { webhookMessage } from './webhook-message.ts';
import { webhookKey } from './webhook-signature.ts';
import { TargetRefused, webhookTarget } from './webhook-target.ts';

interface WebhookSenderOptions {
  readonly door: Door;
  readonly tenantOf: (tenantId: string) => Tenant | undefined;
  readonly box: SecretBox;
  /** A guardedAgent of the same `allowedOrigins`. */
  readonly agent: Dispatcher;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly breakers: EndpointBreakers;
  readonly ladder: readonly number[];
  /** Of one attempt. */
  readonly timeoutMs: number;
  /** Of all endpoints. What is taken and has no place yet waits. */
  readonly attemptsAtOnce: number;
  /** For how long nobody else takes a delivery: longer than an attempt and its record. */
  readonly takenMs: number;
  /** After so long without one success an endpoint is switched off. */
  readonly failingMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly failpoint: Failpoint;
}

/** An attempt and what came of it. */
interface Made {
  readonly startedAt: Date;
  readonly headers: Readonly<Record<string, string>>;
  readonly result: AttemptResult;
}

/** How long a delivery that has to wait for an earlier one is left, should nobody wake it. */
const BEHIND_MS = 30_000;
/** Secrets that are kept open, so that sending does not begin with a cipher. */
const SECRETS_MAX = 2000;

/**
 * Makes one attempt at each delivery of a ticket and writes down what came of it. Killed between the two, the attempt is made again with the same
 * `webhook-id`: at least once, never lost.
 */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #rows: ReturnType<typeof deliveryRows>;
  readonly #opened = new LRUCache<string, KeyObject>({ max: SECRETS_MAX });
  readonly #places: Places;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
    this.#places = new Places(options.attemptsAtOnce);
    this.#rows = deliveryRows(options.door, options.takenMs);
  }

  /** A ticket that comes twice, too early or too late does nothing. @throws what the database throws. */
  async deliver({ tenantId, deliveryIds }: DeliveryTicket): Promise<void> {
    const tenant = this.#options.tenantOf(tenantId);
    // Suspended: it stays due, and is given to a queue again when the tenant is served again.
    if (tenant?.state !== 'Active' && tenant?.state !== 'ReadOnly') return;
    const askedAt = performance.now();
    const taken = await this.#rows.take.submit(tenant, deliveryIds);
    const behind = taken.filter(isBehind).map(({ id }) => id);
    const ends = await Promise.allSettled([
      ...(behind.length === 0 ? [] : [this.#options.door.write(tenant, (tx) => tx.run(putOff, [behind, BEHIND_MS]))]),
      ...taken.filter((one) => !isBehind(one)).map((one) => this.#attempt(tenant, one, askedAt)),
    ]);
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async #attempt(tenant: Tenant, taken: TakenDelivery, askedAt: number): Promise<void> {
    const { breakers, failpoint, takenMs, timeoutMs } = this.#options;
    if (isOver(taken)) return await this.#end(tenant, taken);
    // Held for the attempt alone: who writes down what came of it stands in nobody's way.
    await this.#places.take(1);
    let made: Made | undefined;
    try {
      // Somebody else may have it before it is done: it is due again when its time is over.
      if (performance.now() - askedAt > (takenMs - timeoutMs) / 2) return;
      const startedAt = new Date();
      const { body, headers } = webhookMessage(taken, this.#keys(tenant, taken), startedAt);
      const result = await breakers.through(taken.endpointId, () => this.#post(taken.url, body, headers));
      made = result && { startedAt, headers, result };
    } finally {
      this.#places.give(1);
    }
    if (made === undefined) return await this.#wait(tenant, taken);
    failpoint('webhook.sent');
    await this.#record(tenant, taken, made);
  }

  /** Both secrets sign while a rotation overlaps. */
  #keys(tenant: Tenant, { secret, earlierSecret }: TakenDelivery): KeyObject[] {
    return [secret, ...(earlierSecret === null ? [] : [earlierSecret])].map((sealed) => {
      const known = `${tenant.tenantId} ${sealed}`;
      let opened = this.#opened.get(known);
      if (opened === undefined) {
        opened = webhookKey(this.#options.box.open(tenant.tenantId, sealed));
        this.#opened.set(known, opened);
      }
      return opened;
    });
  }

  async #post(text: string, body: string, headers: Readonly<Record<string, string>>): Promise<AttemptResult> {
    const { agent, allowedOrigins, timeoutMs } = this.#options;
    try {
      // Looked at again: the row may be older than a rule, or not of our making.
      return await postWebhook(agent, { url: webhookTarget(text, allowedOrigins), headers, body, timeoutMs });
    } catch (error) {
      if (!(error instanceof TargetRefused)) throw error;
      return { outcome: 'blocked-address', status: undefined, answer: undefined, retryAfterMs: undefined, durationMs: 0 };
    }
  }

  async #record(tenant: Tenant, taken: TakenDelivery, made: Made): Promise<void> {
    const { metrics, ladder } = this.#options;
    const { outcome, status, answer, durationMs, retryAfterMs } = made.result;
    metrics.webhookAttempts.labels(outcome).inc();
    metrics.webhookSeconds.observe(durationMs / 1000);
    const isDelivered = outcome === 'delivered';
    const step = isDelivered ? taken.step : taken.step + 1;
    const wait =
      isDelivered || outcome === 'gone' || taken.status === 'disabled'
        ? undefined
        : retryAfterFailure(step, { ladder, askedMs: retryAfterMs, random: Math.random() });
    const state = isDelivered ? 'delivered' : wait === undefined ? 'exhausted' : 'pending';
    await this.#rows.record.submit(tenant, {
      id: taken.id,
      number: taken.attempts + 1,
      startedAt: made.startedAt,
      durationMs,
      outcome,
      status,
      // Whoever reads deliveries could play a signed request again.
      headers: { ...made.headers, 'webhook-signature': '[signature]' },
      answer,
      state,
      step,
      ...(wait === undefined ? {} : { nextAt: new Date(Date.now() + wait) }),
      ordered: taken.ordered,
    });
    await this.#noteHealth(tenant, taken, outcome);
  }

  /** After the record: killed in between, the next attempt says it again. */
  async #noteHealth(tenant: Tenant, taken: TakenDelivery, outcome: AttemptResult['outcome']): Promise<void> {
    const { door, failingMs } = this.#options;
    if (taken.byHand || taken.status === 'disabled') return;
    const { endpointId, failingSince } = taken;
    if (outcome === 'gone') return await this.#disable(tenant, taken, 'gone');
    const isWell = outcome === 'delivered';
    if (isWell === (failingSince !== null)) await door.write(tenant, (tx) => tx.run(noteHealth, [endpointId, isWell]));
    if (!isWell && failingSince !== null && Date.now() - failingSince.getTime() > failingMs) await this.#disable(tenant, taken, 'failing');
  }

  /** The notice is an event of the tenant, and a read-only tenant makes none: its endpoints stay on until it may write. */
  async #disable(tenant: Tenant, { endpointId, traceparent }: TakenDelivery, reason: 'gone' | 'failing'): Promise<void> {
    if (tenant.state !== 'Active') return;
    const { door, log, metrics } = this.#options;
    await door.write(tenant, (tx) => tx.run(disableEndpoint, [endpointId, reason, uuidv7(), traceparent]));
    metrics.webhooksDisabled.labels(reason).inc();
    log.info({ tenant: tenant.slug, reason }, 'a webhook endpoint was switched off');
  }

  async #end(tenant: Tenant, { id, step, ordered }: TakenDelivery): Promise<void> {
    const record: AttemptRecord = { id, outcome: 'endpoint-disabled', state: 'exhausted', step, ordered };
    await this.#rows.record.submit(tenant, record);
  }

  /** The receiver is down: everything that is due there waits together, and no attempt is counted. */
  async #wait(tenant: Tenant, { id, endpointId }: TakenDelivery): Promise<void> {
    const { breakers, metrics } = this.#options;
    metrics.webhooksPutOff.inc();
    const waitMs = Math.round(breakers.resetMs * (1 + Math.random() / 10));
    await this.#rows.wait.submit(tenant, { id, endpointId, waitMs });
  }
}

/** Its endpoint was switched off, and no person asked for it. */
const isOver = ({ status, byHand }: TakenDelivery): boolean => status === 'disabled' && !byHand;

/** Its turn comes when an earlier one of its lane has ended. */
const isBehind = (taken: TakenDelivery): boolean => taken.isBehind && !isOver(taken);
