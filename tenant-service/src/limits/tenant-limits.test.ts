import { type EffectiveQuotas, operations } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import type { Problem } from '../problem.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { TenantLimits } from './tenant-limits.ts';

const NOON = Date.UTC(2026, 10, 22, 12);
const tenant = (quotas: EffectiveQuotas, tenantId = 'a'): Tenant => ({ tenantId, quotas }) as Tenant;
const read = operations.getCustomer;
const write = operations.createCustomer;
const change = operations.updateCustomer;
const remove = operations.deleteCustomer;

/** Limits on a clock of our own. */
function limitsAt(maxInFlight?: number) {
  const clock = { now: 0, monotonicMs: () => clock.now, wallMs: () => NOON + clock.now };
  return { clock, limits: new TenantLimits({ clock, ...(maxInFlight === undefined ? {} : { maxInFlight }) }) };
}

/** The refusal, or undefined when there is none. */
function refusal(ask: () => unknown): Problem | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    return error as Problem;
  }
}

describe('rates', () => {
  it('let the burst through, then refuse with the time to wait, and let in again when it has passed', () => {
    const { clock, limits } = limitsAt();
    const acme = tenant({ requestsPerMinute: 60 });
    for (let index = 0; index < 10; index += 1) limits.enter(acme, 'ada', read).leave();
    const refused = refusal(() => limits.enter(acme, 'ada', read));
    expect(refused).toMatchObject({
      code: 'too-many-requests',
      options: { headers: { 'retry-after': '1', ratelimit: '"tenant";r=0;t=10' } },
    });
    clock.now = 1000;
    expect(refusal(() => limits.enter(acme, 'ada', read))).toBeUndefined();
    expect(refusal(() => limits.enter(acme, 'ada', read))).toBeDefined();
  });

  it('say the policy and what is left with every answer', () => {
    const { limits } = limitsAt();
    const { headers } = limits.enter(tenant({ requestsPerMinute: 600, requestsPerMinutePerUser: 120 }), 'ada', read);
    expect(headers).toEqual({
      'ratelimit-policy': '"tenant";q=600;w=60, "user";q=120;w=60',
      ratelimit: '"tenant";r=99;t=1, "user";r=19;t=1',
    });
    expect(limits.enter(tenant({}, 'b'), 'ada', read).headers).toEqual({});
  });

  it('hold one user and not another, one tenant and not another; what a user was refused costs the tenant nothing', () => {
    const { limits } = limitsAt();
    const acme = tenant({ requestsPerMinute: 600, requestsPerMinutePerUser: 12 });
    for (let index = 0; index < 10; index += 1) limits.enter(acme, 'ada', read).leave();
    for (let index = 0; index < 500; index += 1) {
      expect(refusal(() => limits.enter(acme, 'ada', read))?.message).toMatch(/^You have used the 12 requests a minute/);
    }
    expect(limits.enter(acme, 'bob', read).headers.ratelimit).toContain('"tenant";r=89');
    expect(refusal(() => limits.enter(tenant({ requestsPerMinute: 1 }, 'b'), 'ada', read))).toBeUndefined();
  });

  it('follow a changed plan with the next request', () => {
    const { limits } = limitsAt();
    for (let index = 0; index < 10; index += 1) limits.enter(tenant({ requestsPerMinute: 10 }), 'ada', read).leave();
    expect(refusal(() => limits.enter(tenant({ requestsPerMinute: 10 }), 'ada', read))).toBeDefined();
    expect(refusal(() => limits.enter(tenant({}), 'ada', read))).toBeUndefined();
    expect(limits.enter(tenant({ requestsPerMinute: 6000 }), 'ada', read).headers.ratelimit).toBe('"tenant";r=999;t=1');
  });

  it('are forgotten when they are full again, and not before', () => {
    const { clock, limits } = limitsAt();
    limits.enter(tenant({ requestsPerMinute: 60 }), 'ada', read).leave();
    limits.sweep();
    expect(limits.tracked()).toHaveLength(1);
    clock.now = 61_000;
    limits.sweep();
    expect(limits.tracked()).toHaveLength(1);
    limits.tracked()[0]?.usage.takeUnwritten(NOON);
    limits.sweep();
    expect(limits.tracked()).toHaveLength(0);
  });
});

describe('the bulkhead', () => {
  it('holds one tenant’s requests and not another’s, and gives places back', () => {
    const { limits } = limitsAt(2);
    const first = limits.enter(tenant({}), 'ada', read);
    limits.enter(tenant({}), 'ada', read);
    expect(refusal(() => limits.enter(tenant({}), 'ada', read))).toMatchObject({ code: 'too-many-requests' });
    limits.enter(tenant({}, 'b'), 'ada', read);
    first.leave();
    limits.enter(tenant({}), 'ada', read);
  });
});

describe('quotas', () => {
  const today = { day: '2026-11-22', requests: 0 };

  it('warn writers from 80 %, and nobody before', () => {
    const { limits } = limitsAt();
    const acme = tenant({ customers: 10 });
    limits.usageOf(acme).read({ ...today, customers: 7 });
    expect(limits.enter(acme, 'ada', write).headers).toEqual({});
    limits.addCustomers(acme, 1);
    expect(limits.enter(acme, 'ada', write).headers).toEqual({ 'tenantry-quota': 'customers;used=8;limit=10' });
    expect(limits.enter(acme, 'ada', read).headers).toEqual({});
  });

  it('refuse one customer more at the limit, naming quota, limit, use and what helps; everything else goes on', () => {
    const { limits } = limitsAt();
    const acme = tenant({ customers: 10 });
    limits.usageOf(acme).read({ ...today, customers: 10 });
    expect(refusal(() => limits.requireRoom(acme, 1))).toMatchObject({
      code: 'quota-exceeded',
      message: expect.stringMatching(/^The plan allows 10 customers, and 10 are used\. Delete customers/),
      options: { members: { quota: 'customers', limit: 10, used: 10 } },
    });
    for (const operation of [read, write, change, remove]) expect(refusal(() => limits.enter(acme, 'ada', operation))).toBeUndefined();
    limits.addCustomers(acme, -1);
    expect(refusal(() => limits.requireRoom(acme, 1))).toBeUndefined();
  });

  it('refuse as many as do not fit', () => {
    const { limits } = limitsAt();
    const acme = tenant({ customers: 10 });
    limits.usageOf(acme).read({ ...today, customers: 7 });
    expect(refusal(() => limits.requireRoom(acme, 3))).toBeUndefined();
    expect(refusal(() => limits.requireRoom(acme, 4))).toMatchObject({ code: 'quota-exceeded' });
  });

  it('let a tenant without room for bytes read and delete', () => {
    const { limits } = limitsAt();
    const acme = tenant({ storageBytes: 1000 });
    limits.usageOf(acme).read({ ...today, storageBytes: 1000 });
    for (const operation of [write, change]) expect(refusal(() => limits.enter(acme, 'ada', operation))?.code).toBe('quota-exceeded');
    for (const operation of [read, remove]) expect(refusal(() => limits.enter(acme, 'ada', operation))).toBeUndefined();
  });

  it('end the day’s requests until midnight UTC, when they begin anew', () => {
    const { clock, limits } = limitsAt();
    const acme = tenant({ requestsPerDay: 5 });
    for (let index = 0; index < 5; index += 1) limits.enter(acme, 'ada', read).leave();
    expect(refusal(() => limits.enter(acme, 'ada', read))).toMatchObject({
      code: 'quota-exceeded',
      options: { headers: { 'retry-after': String(12 * 3600) }, members: { quota: 'requestsPerDay', limit: 5, used: 5 } },
    });
    clock.now = 12 * 3600 * 1000;
    expect(refusal(() => limits.enter(acme, 'ada', read))).toBeUndefined();
  });
});
