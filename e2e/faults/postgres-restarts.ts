import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { type PostgresEnd, privatePostgres } from '@tenantry/stack/testing/private-postgres.ts';
import { shuffled } from '@tenantry/stack/testing/seeded.ts';
import { serviceWorld, type TestTenant } from '@tenantry/tenant-service/testing/service-world.ts';
import pg from 'pg';
import { SteadyLoad } from '../support/steady-load.ts';

export interface RestartCounts {
  readonly restarts: number;
  readonly requests: number;
  readonly acknowledgedWrites: number;
  /** Answers 503 while PostgreSQL was away. */
  readonly answered503: number;
  readonly slowestMs: number;
}

/** A request that hangs is worse than one that is refused: its caller cannot go on. */
const HANGS_AFTER_MS = 5000;

/** One way the server ends, and how many requests are refused before it comes back. */
export interface Outage {
  readonly how: PostgresEnd;
  readonly refusals: number;
}

/** Each way once a round, in an order and of a length that the seed decides: from just felt to about two seconds. */
export function outages(rounds: number, ratePerSecond: number, random: () => number): Outage[] {
  const ways = ['fast', 'immediate', 'kill'] as const;
  return Array.from({ length: rounds }, () => shuffled(ways, random))
    .flat()
    .map((how) => ({ how, refusals: 10 + Math.floor(random() * ratePerSecond * 2) }));
}

/**
 * Ends a PostgreSQL of its own again and again in the given ways while customers are created, changed and read, and starts it again.
 * @throws when an acknowledged write is lost or doubled, an answer is anything but success or 503 with Retry-After, or a request hangs
 */
export async function restartPostgresUnderLoad(planned: readonly Outage[], ratePerSecond: number): Promise<RestartCounts> {
  await using postgres = await privatePostgres();
  await using world = await serviceWorld({ postgres: postgres.access });
  const tenant = await world.addTenant('acme');
  const api = await world.startApi();
  const load = new SteadyLoad({ url: api.url, token: () => world.token(tenant), ratePerSecond });
  try {
    for (const { how, refusals } of planned) {
      await eventually(() => holds(load.successesInARow > ratePerSecond, `no steady state before "${how}"`), { limitMs: 30_000 });
      const before = load.refused.length;
      await postgres.end(how);
      await eventually(() => holds(load.refused.length >= before + refusals, `PostgreSQL is away ("${how}") and answers are not refused`));
      await postgres.start();
    }
    await eventually(() => holds(load.successesInARow > ratePerSecond, 'the api did not recover by itself'), { limitMs: 30_000 });
  } finally {
    await load.stop();
  }
  answersWereInOrder(load);
  const client = new pg.Client({ ...postgres.access, database: world.cell.database, ssl: { ca: postgres.access.ca } });
  await client.connect();
  await everythingAcknowledgedIsThere(client, tenant, load).finally(() => client.end());
  return {
    restarts: planned.length,
    requests: load.sent.length,
    acknowledgedWrites: load.acknowledged.length,
    answered503: load.refused.length,
    slowestMs: Math.round(Math.max(...load.sent.map(({ ms }) => ms))),
  };
}

function answersWereInOrder(load: SteadyLoad): void {
  const wrong = load.refused.find(({ status, retryAfter }) => status !== 503 || !(Number(retryAfter) > 0));
  holds(wrong === undefined, `an answer that is neither success nor 503 with Retry-After: ${JSON.stringify(wrong)}`);
  const slow = load.sent.find(({ ms }) => ms > HANGS_AFTER_MS);
  holds(slow === undefined, `a request hung: ${JSON.stringify(slow)}`);
}

/** Rows, history and events, of the writes that were acknowledged and of those whose answer was lost alike. No relay runs: the events wait. */
async function everythingAcknowledgedIsThere(client: pg.Client, { schema, appRole }: TestTenant, load: SteadyLoad): Promise<void> {
  const { rows: history } = await client.query<{ write: string }>(
    `select aggregate_id || ' ' || version as write from ${client.escapeIdentifier(schema)}.history order by 1`,
  );
  const { rows: events } = await client.query<{ write: string }>(
    `select aggregate_id || ' ' || version as write from tenantry.outbox where writer = $1 order by 1`,
    [appRole],
  );
  const { rows: customers } = await client.query<{ id: string; version: number; versions: number }>(
    `select id, version, (select count(*)::int from ${client.escapeIdentifier(schema)}.history where aggregate_id = id) as versions
       from ${client.escapeIdentifier(schema)}.customers`,
  );
  const stored = new Set(history.map(({ write }) => write));
  const lost = load.acknowledged.find(({ id, version }) => !stored.has(`${id} ${version}`));
  holds(lost === undefined, `I1: version ${lost?.version} of ${lost?.id} was acknowledged and is not in the history`);
  holds(JSON.stringify(history) === JSON.stringify(events), `I2: ${history.length} changes and ${events.length} events differ`);
  const torn = customers.find(({ version, versions }) => version !== versions);
  holds(torn === undefined, `I2: ${torn?.id} has version ${torn?.version} and ${torn?.versions} versions in its history`);
  holds(customers.length === load.creates, `I4: ${load.creates} creates with a key each made ${customers.length} customers`);
}

function holds(is: boolean, otherwise: string): void {
  if (!is) throw new Error(otherwise);
}
