import { ANNOTATIONS, GROUP } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { asLogin } from '../support/cell-eye.ts';
import { kafkaOf } from '../support/kafka.ts';
import { kubectl } from '../support/kubectl.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { cachedToken, getTenant, type TestTenant, testTenant, waitForReady } from '../support/test-tenant.ts';

export interface RotationCounts {
  readonly rotations: number;
  readonly requests: number;
  readonly acknowledgedWrites: number;
  readonly slowestMs: number;
  /** Doors (PostgreSQL, Kafka, Keycloak) that an old credential opened during an overlap, and was refused at after it. */
  readonly openedDuringOverlap: number;
  readonly refusedAfterOverlap: number;
}

type Secret = TestTenant['secret'];

/**
 * Rotates the credentials of a dedicated tenant again and again while customers are created, changed, read, listed and deleted over connections
 * that stay open. Nothing is retried. In every overlap the old credentials are tried, and again when it has ended; it is ended by shortening it.
 * Needs the topic `orders`. @throws when one request was not answered with success, or a credential worked when it should not or did not when it should.
 * Returns the tenant with the credentials it has now.
 */
export async function rotateUnderLoad(
  tenant: TestTenant,
  { rotations, ratePerSecond }: { readonly rotations: number; readonly ratePerSecond: number },
  say: (line: string) => void = () => {},
): Promise<{ readonly counts: RotationCounts; readonly tenant: TestTenant }> {
  const { name } = tenant;
  let secret = tenant.secret;
  const token = cachedToken(() => tokenForMachine(name, secret.clientSecret, secret.clientId));
  const load = new SteadyLoad({ url: tenant.url, token, ratePerSecond });
  let [openedDuringOverlap, refusedAfterOverlap] = [0, 0];
  try {
    for (let rotation = 1; rotation <= rotations && load.refused.length === 0; rotation += 1) {
      const generation = 1 + ((await getTenant(name)).status?.credentials?.generation ?? 1);
      await overlap(name, '1h');
      const request = `${ANNOTATIONS.rotateRequestedAt}=${new Date().toISOString()}`;
      await kubectl(['annotate', '--overwrite', `tenants.${GROUP}/${name}`, request]);
      await reached(name, generation, true);
      const before = secret;
      secret = (await testTenant(name)).secret;
      openedDuringOverlap += await doors(tenant, before, true);
      await doors(tenant, secret, true);
      await overlap(name, '0s');
      await reached(name, generation, false);
      refusedAfterOverlap += await doors(tenant, before, false);
      await doors(tenant, secret, true);
      say(`generation ${generation}, ${load.sent.length} requests, ${load.refused.length} failed`);
    }
    await waitForReady(name);
  } finally {
    await load.stop();
  }
  if (load.refused.length > 0)
    throw new Error(`${load.refused.length} of ${load.sent.length} requests failed: ${JSON.stringify(load.refused.slice(0, 5))}`);
  const rotated = await testTenant(name);
  rotated.api.acknowledged.push(...load.acknowledged);
  const counts = {
    rotations,
    requests: load.sent.length,
    acknowledgedWrites: load.acknowledged.length,
    slowestMs: Math.round(Math.max(...load.sent.map(({ ms }) => ms))),
    openedDuringOverlap,
    refusedAfterOverlap,
  };
  return { counts, tenant: rotated };
}

async function overlap(name: string, duration: string): Promise<void> {
  await kubectl([
    'patch',
    `tenants.${GROUP}/${name}`,
    '--type=merge',
    '--patch',
    JSON.stringify({ spec: { credentials: { overlap: duration } } }),
  ]);
}

async function reached(name: string, generation: number, overlaps: boolean): Promise<void> {
  await eventually(
    async () => {
      const { status } = await getTenant(name);
      const now = status?.credentials;
      if (now?.generation !== generation || (now.overlapUntil !== undefined) !== overlaps) {
        const unfinished = status?.conditions?.filter((condition) => condition.status !== 'True');
        throw new Error(`${JSON.stringify(now)} instead of generation ${generation}: ${JSON.stringify(unfinished)}`);
      }
    },
    { limitMs: 120_000, everyMs: 250 },
  );
}

/** Tries every door with these credentials. @throws when one is open that should be closed, or the other way round */
async function doors({ name, names }: TestTenant, secret: Secret, shouldOpen: boolean): Promise<number> {
  const tries: Readonly<Record<string, () => Promise<unknown>>> = {
    PostgreSQL: () =>
      asLogin(secret.postgresUsername, secret.postgresPassword, (client) => client.query(`select 1 from "${names.schema}".customers`)),
    Kafka: () => produced(names.topic('orders'), secret),
    Keycloak: () => tokenForMachine(name, secret.clientSecret, secret.clientId),
  };
  for (const [door, attempt] of Object.entries(tries)) {
    const failure = await attempt().then(
      () => undefined,
      (error: unknown) => error,
    );
    if ((failure === undefined) === shouldOpen) continue;
    throw new Error(`${door} ${shouldOpen ? 'refused' : 'let in'} ${secret.postgresUsername}`, { cause: failure });
  }
  return Object.keys(tries).length;
}

async function produced(topic: string, { kafkaUsername, kafkaPassword }: Secret): Promise<void> {
  const producer = kafkaOf(kafkaUsername, kafkaPassword).producer();
  try {
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'k', value: 'v' }] });
  } finally {
    await producer.disconnect();
  }
}
