import { seeded, shuffled } from '@tenantry/stack/testing/seeded.ts';
import { drained } from '../support/backlog.ts';
import { holds } from '../support/holds.ts';
import { ReportAsker } from '../support/report-asker.ts';
import { freshName, onboard, removeCompletely } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';
import type { Absence } from './absence.ts';
import { useCustomersWithout } from './parts-away.ts';
import type { Proof } from './proof.ts';

/** Seven or eight of ten requests are writes. */
const REQUESTS_PER_SECOND = 140;
/** Nothing may be under way a minute after a part is back. */
const DRAINED_MS = 60_000;

/** What comes after a commit, and nothing that a commit needs. */
const ABSENCES: readonly Absence[] = [
  ...(['kafka', 'rabbitmq', 'redis', 's3', 'mongo'] as const).flatMap((part) =>
    (['frozen', 'gone'] as const).map((how) => ({ part, how })),
  ),
  { part: 'redis', how: 'flushed' },
  { part: 'redis', how: 'full' },
];

/** Each part behind the commit away for so long, each in every way, under 100 writes a second: no request fails, and everything drains. */
export const proveEventsFaultsOf = (seconds: number) => (seed: number, say: Say) => proveEventsFaults(seconds, seed, say);

type Say = (line: string) => void;

async function proveEventsFaults(seconds: number, seed: number, say: Say): Promise<Proof> {
  await using receiver = await webhookReceiver();
  const total = { absences: 0, requests: 0, writes: 0, webhooks: 0, reports: 0 };
  let slowest = 0;
  for (const absence of shuffled(ABSENCES, seeded(seed))) {
    const counts = await writeWithout(absence, seconds, receiver);
    say(`without ${absence.part} (${absence.how}) for ${seconds} s: ${JSON.stringify(counts)}`);
    total.absences += 1;
    for (const each of ['requests', 'writes', 'webhooks', 'reports'] as const) total[each] += counts[each];
    slowest = Math.max(slowest, counts.drainedMs);
  }
  return {
    claim: `with Kafka, RabbitMQ, Redis, S3 or MongoDB away for ${seconds} s under 100 writes a second no request fails; within a minute every event is logged, counted and copied once and in order, every webhook delivered, every report made`,
    counts: { ...total, secondsOfEachAbsence: seconds, failedRequests: 0, slowestDrainMs: slowest },
  };
}

/** A tenant of its own for each, so that what is verified is what was written meanwhile. */
async function writeWithout(absence: Absence, seconds: number, receiver: WebhookReceiver) {
  const name = freshName('away');
  const tenant = await onboard(name);
  try {
    await receiver.subscribe(tenant);
    const reports = new ReportAsker(tenant);
    const load = { ratePerSecond: REQUESTS_PER_SECOND, requests: REQUESTS_PER_SECOND * seconds };
    const { requests, acknowledgedWrites } = await useCustomersWithout(tenant, absence, load);
    const asked = await reports.stop();
    holds('reports that were refused', reports.refused, []);
    const drainedMs = await drained(tenant, DRAINED_MS);
    await verify(tenant, [], receiver);
    return { requests, writes: acknowledgedWrites, webhooks: receiver.of(tenant).length, reports: asked, drainedMs };
  } finally {
    await removeCompletely(name);
  }
}
