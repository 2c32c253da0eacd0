import { upParts } from '@tenantry/stack/local-stack.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { localPlatform } from '../support/local-platform.ts';
import { redisCli } from '../support/redis-cli.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { cachedToken, type TestTenant } from '../support/test-tenant.ts';
import type { Absence } from './absence.ts';

/** Takes the part away for as long as `work` lasts, and brings it back whatever comes of it. */
export async function withoutPart<T>({ part, how }: Absence, work: () => Promise<T>): Promise<T> {
  if (how === 'flushed' || how === 'full') return await withSickRedis(how, work);
  const pid = await localPlatform().pidOf(part);
  // The group: Keycloak is a shell around Java.
  process.kill(-pid, how === 'frozen' ? 'SIGSTOP' : 'SIGKILL');
  try {
    return await work();
  } finally {
    if (how === 'frozen') process.kill(-pid, 'SIGCONT');
    await bringBack(part); // Also after a freeze: until it answers.
  }
}

async function withSickRedis<T>(how: 'flushed' | 'full', work: () => Promise<T>): Promise<T> {
  if (how === 'flushed') {
    await redisCli('flushall');
    return await work();
  }
  const [, before = ''] = (await redisCli('config', 'get', 'maxmemory')).split('\n');
  await redisCli('config', 'set', 'maxmemory', '1');
  try {
    return await work();
  } finally {
    await redisCli('config', 'set', 'maxmemory', before);
  }
}

async function bringBack(part: string): Promise<void> {
  const outcomes = await upParts([part]);
  const failed = outcomes.find(({ state }) => state !== 'ready');
  if (failed) throw new Error(`${failed.part.name} did not come back: ${failed.error?.message}`);
}

export interface CrudCounts {
  readonly requests: number;
  readonly acknowledgedWrites: number;
}

/**
 * Creates, changes, reads, lists and deletes customers of the tenant at the shared replicas while the part is away, until so many requests
 * have been answered, and for a second after it is back. @throws when one of them was not answered with success
 */
export async function useCustomersWithout(
  tenant: TestTenant,
  absence: Absence,
  load: { ratePerSecond: number; requests: number },
): Promise<CrudCounts> {
  // Before the part goes: a token lives for minutes, and Keycloak is one of the parts.
  const token = cachedToken(() => tokenForMachine(tenant.name, tenant.secret.clientSecret));
  await token();
  const steady = new SteadyLoad({ url: tenant.url, token, ratePerSecond: load.ratePerSecond });
  const answered = (requests: number): Promise<void> =>
    eventually(
      () => {
        if (steady.sent.length < requests) throw new Error(`${steady.sent.length} of ${requests} requests are answered`);
      },
      { limitMs: 60_000 + 1000 * (requests / load.ratePerSecond) },
    );
  try {
    await withoutPart(absence, () => answered(load.requests));
    // Its return must not be felt either.
    await answered(steady.sent.length + load.ratePerSecond);
  } finally {
    await steady.stop();
  }
  const [refused] = steady.refused;
  if (refused)
    throw new Error(`without ${absence.part} (${absence.how}) ${steady.refused.length} requests failed: ${JSON.stringify(refused)}`);
  tenant.api.acknowledged.push(...steady.acknowledged);
  return { requests: steady.sent.length, acknowledgedWrites: steady.acknowledged.length };
}
