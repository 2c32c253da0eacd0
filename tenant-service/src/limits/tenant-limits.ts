import { createHash } from 'node:crypto';
import type { Operation } from '@tenantry/contracts';
import { Problem } from '../problem.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { quotaExceeded, quotaWarning } from './quota-answers.ts';
import { policyOf, rateLimitOf } from './rate-limit-headers.ts';
import { isNear, isReached, TenantUsage } from './tenant-usage.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * Requests of one tenant that may be inside this process at once. Far above what a healthy tenant needs (64 connections at 2 ms each), low
 * enough that one tenant's slow statements cannot fill the process's memory with waiting requests.
 */
const IN_FLIGHT_MAX = 1024;
/** A bucket that nobody used for this long is full again, and need not be remembered. */
const IDLE_MS = 60_000;

/** A bucket that replicas share, and its name in Redis. */
export interface SharedBucket {
  readonly key: string;
  readonly bucket: TokenBucket;
  usedAtMs: number;
}

/** A request that was let in. */
export interface Passage {
  /** For the answer, whatever it is. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be called exactly once, when the request has been answered. */
  readonly leave: () => void;
}

/** Decisions so far, by outcome; plain numbers, because they change with every request and are read once a scrape. */
export interface LimitDecisions {
  allowed: number;
  refusedTenant: number;
  refusedUser: number;
  refusedInFlight: number;
  refusedQuota: number;
}

/** What is known of one tenant's use, and when it was used last. */
export interface TrackedTenant {
  readonly tenant: Tenant;
  readonly usage: TenantUsage;
}

/**
 * How much a tenant and each of its users may do (design D14). Every decision is made here, in memory, in about a microsecond; what replicas
 * have to tell each other goes to Redis in the background (SharedRates), and usage to the database (UsageRecorder). Keyed by tenantId and token subject
 * alone: no header of a request has a say.
 */
export class TenantLimits {
  readonly decisions: LimitDecisions = { allowed: 0, refusedTenant: 0, refusedUser: 0, refusedInFlight: 0, refusedQuota: 0 };
  readonly #states = new Map<string, TenantState>();
  readonly #maxInFlight: number;
  readonly #clock: { readonly monotonicMs: () => number; readonly wallMs: () => number };
  /** Buckets used since they were last shared. */
  #used: SharedBucket[] = [];

  constructor(options: { maxInFlight?: number; clock?: { monotonicMs: () => number; wallMs: () => number } } = {}) {
    this.#maxInFlight = options.maxInFlight ?? IN_FLIGHT_MAX;
    this.#clock = options.clock ?? { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  }

  /**
   * Lets a request in. Whether there is room for one more customer is the handler's to ask (`requireRoom`): a repeat of a request that was answered
   * needs none. @throws Problem too-many-requests with Retry-After, quota-exceeded.
   */
  enter(tenant: Tenant, subject: string, operation: Pick<Operation, 'writes' | 'method' | 'tag'>): Passage {
    const now = this.#clock.monotonicMs();
    const state = this.#stateOf(tenant, now);
    if (state.inFlight >= this.#maxInFlight) {
      this.decisions.refusedInFlight += 1;
      state.usage.countRefusal();
      throw new Problem('too-many-requests', `This tenant has ${this.#maxInFlight} requests under way here.`, {
        headers: { 'retry-after': '1' },
      });
    }
    const user = state.userOf(subject, now);
    if (state.shared !== undefined && !this.#take(state.shared, now)) throw this.#tooMany(state, user, 'tenant', now);
    if (user !== undefined && !this.#take(user, now)) {
      state.shared?.bucket.putBack();
      throw this.#tooMany(state, user, 'user', now);
    }
    const warning = this.#checkQuotas(state, user, operation, now);
    this.decisions.allowed += 1;
    state.inFlight += 1;
    state.usage.countRequest();
    return {
      headers: state.headers(user, now, warning),
      leave: () => {
        state.inFlight -= 1;
      },
    };
  }

  /** Lets one more event of the tenant's own in. @throws Problem too-many-requests. */
  takeEvent(tenant: Tenant): void {
    const now = this.#clock.monotonicMs();
    const state = this.#stateOf(tenant, now);
    if (state.events === undefined || this.#take(state.events, now)) return;
    this.decisions.refusedTenant += 1;
    state.usage.countRefusal();
    const seconds = Math.max(1, Math.ceil(state.events.bucket.waitMs(now) / 1000));
    throw new Problem(
      'too-many-requests',
      `The tenant has published the ${state.events.bucket.perMinute} events a minute of the plan. Try again in ${seconds} s.`,
      { headers: { 'retry-after': String(seconds) } },
    );
  }

  /** Whether the tenant's plan has room for `count` further customers, as far as is known. */
  hasRoom({ tenantId, quotas }: Tenant, count: number): boolean {
    const used = this.#states.get(tenantId)?.usage.customers;
    return quotas.customers === undefined || used === undefined || used + count <= quotas.customers;
  }

  /** @throws Problem quota-exceeded when the tenant's plan has no room for `count` further customers. */
  requireRoom(tenant: Tenant, count: number): void {
    if (this.hasRoom(tenant, count)) return;
    this.decisions.refusedQuota += 1;
    const used = this.usageOf(tenant).customers ?? 0;
    throw quotaExceeded({ quota: 'customers', limit: tenant.quotas.customers ?? 0, used }, this.#clock.wallMs());
  }

  /** Counts customers made or, below zero, deleted, until the next reading of the database does. */
  addCustomers(tenant: Tenant, count: number): void {
    this.#states.get(tenant.tenantId)?.usage.addCustomers(count);
  }

  /** What is known of the tenant's use; made when it has not asked for anything yet. */
  usageOf(tenant: Tenant): TenantUsage {
    return this.#stateOf(tenant, this.#clock.monotonicMs()).usage;
  }

  /** Tenants that asked for something since the process began or was last swept. */
  tracked(): TrackedTenant[] {
    return [...this.#states.values()];
  }

  /** Buckets used since the last call, at most `most`; the others come with the next call. */
  takeUsed(most: number): SharedBucket[] {
    return this.#used.splice(0, most);
  }

  /** Forgets users and tenants whose buckets are full again and whose usage is written. To be called now and then. */
  sweep(): void {
    const before = this.#clock.monotonicMs() - IDLE_MS;
    for (const [tenantId, state] of this.#states) {
      state.forgetUsers(before);
      if (state.usedAtMs < before && state.inFlight === 0 && !state.usage.hasUnwritten) this.#states.delete(tenantId);
    }
  }

  #stateOf(tenant: Tenant, now: number): TenantState {
    let state = this.#states.get(tenant.tenantId);
    if (state === undefined) {
      state = new TenantState(tenant, now, this.#clock.wallMs());
      this.#states.set(tenant.tenantId, state);
    } else if (state.tenant !== tenant) state.follow(tenant, now);
    state.usage.turnTo(this.#clock.wallMs());
    state.usedAtMs = now;
    return state;
  }

  #take(shared: SharedBucket, now: number): boolean {
    const { bucket } = shared;
    if (!bucket.take(now)) return false;
    shared.usedAtMs = now;
    if (bucket.unreported === 1) this.#used.push(shared);
    return true;
  }

  #tooMany(state: TenantState, user: SharedBucket | undefined, whose: 'tenant' | 'user', now: number): Problem {
    if (whose === 'tenant') this.decisions.refusedTenant += 1;
    else this.decisions.refusedUser += 1;
    state.usage.countRefusal();
    const bucket = (whose === 'tenant' ? state.shared : user)?.bucket as TokenBucket;
    const seconds = Math.max(1, Math.ceil(bucket.waitMs(now) / 1000));
    const who = whose === 'tenant' ? 'The tenant' : 'You';
    const has = whose === 'tenant' ? 'has' : 'have';
    return new Problem(
      'too-many-requests',
      `${who} ${has} used the ${bucket.perMinute} requests a minute of the plan. Try again in ${seconds} s.`,
      { headers: { ...state.headers(user, now, undefined), 'retry-after': String(seconds) } },
    );
  }

  /** A warning for the answer when a quota is near. @throws Problem quota-exceeded. */
  #checkQuotas(
    state: TenantState,
    user: SharedBucket | undefined,
    operation: Pick<Operation, 'writes' | 'method' | 'tag'>,
    now: number,
  ): string | undefined {
    // Whoever is at the limit must still be able to see it, and to manage who works here.
    if (operation.tag === 'Tenant' || !state.usage.isAnyNear(state.tenant.quotas)) return undefined;
    const near = state.usage.levels(state.tenant.quotas).filter(isNear);
    const grows = operation.writes && operation.method !== 'DELETE' && operation.tag !== 'Users' && operation.tag !== 'Machine clients';
    const reached = near.find(
      (level) => isReached(level) && (level.quota === 'requestsPerDay' || (level.quota === 'storageBytes' && grows)),
    );
    if (reached === undefined) return operation.writes ? quotaWarning(near) : undefined;
    this.decisions.refusedQuota += 1;
    const wall = this.#clock.wallMs();
    state.usage.countRefusal();
    throw quotaExceeded(reached, wall, state.headers(user, now, quotaWarning(near)));
  }
}

/** Everything this process remembers of one tenant's use. */
class TenantState implements TrackedTenant {
  tenant: Tenant;
  readonly usage: TenantUsage;
  shared: SharedBucket | undefined;
  /** Of the tenant's own events. */
  events: SharedBucket | undefined;
  inFlight = 0;
  usedAtMs: number;
  #policy: string | undefined;
  readonly #users = new Map<string, SharedBucket>();

  constructor(tenant: Tenant, now: number, wall: number) {
    this.tenant = tenant;
    this.usage = new TenantUsage(wall);
    this.usedAtMs = now;
    this.follow(tenant, now);
  }

  /** A changed row of the registry: the next request meets the new plan. */
  follow(tenant: Tenant, now: number): void {
    this.tenant = tenant;
    const { requestsPerMinute, requestsPerMinutePerUser, publishedEventsPerMinute } = tenant.quotas;
    this.#policy = policyOf(tenant.quotas);
    this.shared = followed(this.shared, `t:${tenant.tenantId}:rate`, requestsPerMinute, now);
    this.events = followed(this.events, `t:${tenant.tenantId}:rate:events`, publishedEventsPerMinute, now);
    if (requestsPerMinutePerUser === undefined) this.#users.clear();
    else for (const user of this.#users.values()) followed(user, user.key, requestsPerMinutePerUser, now);
  }

  userOf(subject: string, now: number): SharedBucket | undefined {
    const perMinute = this.tenant.quotas.requestsPerMinutePerUser;
    if (perMinute === undefined) return undefined;
    let user = this.#users.get(subject);
    if (user === undefined) {
      user = { key: `t:${this.tenant.tenantId}:rate:${hashOf(subject)}`, bucket: new TokenBucket(perMinute, now), usedAtMs: now };
      this.#users.set(subject, user);
    }
    return user;
  }

  forgetUsers(before: number): void {
    for (const [subject, { usedAtMs }] of this.#users) if (usedAtMs < before) this.#users.delete(subject);
  }

  headers(user: SharedBucket | undefined, now: number, warning: string | undefined): Record<string, string> {
    const headers: Record<string, string> = {};
    if (this.#policy !== undefined) {
      headers['ratelimit-policy'] = this.#policy;
      headers.ratelimit = rateLimitOf(this.shared?.bucket, user?.bucket, now);
    }
    if (warning !== undefined) headers['tenantry-quota'] = warning;
    return headers;
  }
}

function followed(shared: SharedBucket | undefined, key: string, perMinute: number | undefined, now: number): SharedBucket | undefined {
  if (perMinute === undefined) return undefined;
  if (shared === undefined) return { key, bucket: new TokenBucket(perMinute, now), usedAtMs: now };
  if (shared.bucket.perMinute !== perMinute) shared.bucket.change(perMinute, now);
  return shared;
}

/** Subjects are opaque ids of Keycloak, but need not be in Redis in clear. */
const hashOf = (subject: string): string => createHash('sha256').update(subject).digest('hex').slice(0, 32);
