import { seeded, shuffled } from '@tenantry/stack/testing/seeded.ts';
import { freshName, onboard, removeCompletely } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import { DISPENSABLE } from './absence.ts';
import { useCustomersWithout } from './parts-away.ts';
import { outages, restartPostgresUnderLoad } from './postgres-restarts.ts';
import type { Proof } from './proof.ts';

const [ROUNDS, RATE_PER_SECOND, REQUESTS_PER_ABSENCE] = [10, 200, 500];

/** PostgreSQL ended thirty times under 200 requests/s, then every part that customers do not need away, frozen and gone. */
export async function proveApiFaults(seed: number, say: (line: string) => void): Promise<Proof> {
  const random = seeded(seed);
  const restarts = await restartPostgresUnderLoad(outages(ROUNDS, RATE_PER_SECOND, random), RATE_PER_SECOND);
  say(`PostgreSQL: ${JSON.stringify(restarts)}`);
  const name = freshName('frugal');
  const tenant = await onboard(name);
  const without = { absences: 0, requests: 0, acknowledgedWrites: 0 };
  try {
    const absences = DISPENSABLE.flatMap((part) => (['frozen', 'gone'] as const).map((how) => ({ part, how })));
    for (const absence of shuffled(absences, random)) {
      const counts = await useCustomersWithout(tenant, absence, { ratePerSecond: 100, requests: REQUESTS_PER_ABSENCE });
      say(`without ${absence.part} (${absence.how}): ${JSON.stringify(counts)}`);
      without.absences += 1;
      without.requests += counts.requests;
      without.acknowledgedWrites += counts.acknowledgedWrites;
    }
    const events = await verify(tenant);
    return {
      claim:
        'a restarted PostgreSQL loses nothing acknowledged and hangs nobody; without Redis, S3, Kafka, RabbitMQ, Keycloak or kube-apiserver no request fails',
      counts: {
        postgresRestarts: restarts.restarts,
        requestsDuringRestarts: restarts.requests,
        writesDuringRestarts: restarts.acknowledgedWrites,
        answered503WithRetryAfter: restarts.answered503,
        slowestMs: restarts.slowestMs,
        absencesOfOtherParts: without.absences,
        requestsWithout: without.requests,
        writesWithout: without.acknowledgedWrites,
        failedWithout: 0,
        eventsOnTopic: events.length,
      },
    };
  } finally {
    await removeCompletely(name);
  }
}
