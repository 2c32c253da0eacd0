import { drained } from '../support/backlog.ts';
import { waitingEvents } from '../support/cell-eye.ts';
import { freshName, onboard, removeCompletely } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import { useCustomersWithout } from './parts-away.ts';
import type { Proof } from './proof.ts';

/** Seven or eight of ten requests are writes. */
const REQUESTS_PER_SECOND = 140;
const MINUTE = 60;
const DRAINED_MS = 60_000;

/** Kafka gone for so many minutes under 100 events a second: they wait, and a minute after it is back all of them are published and logged, in order. */
export const proveKafkaOutageOf =
  (minutes: number) =>
  async (_seed: number, say: (line: string) => void): Promise<Proof> => {
    const name = freshName('patient');
    const tenant = await onboard(name);
    try {
      const load = { ratePerSecond: REQUESTS_PER_SECOND, requests: REQUESTS_PER_SECOND * MINUTE * minutes };
      const { requests, acknowledgedWrites } = await useCustomersWithout(tenant, { part: 'kafka', how: 'gone' }, load);
      say(`Kafka is back after ${acknowledgedWrites} writes; ${await waitingEvents(name)} events wait`);
      const drainedMs = await drained(tenant, DRAINED_MS);
      say(`published and logged after ${drainedMs} ms`);
      const events = await verify(tenant);
      return {
        claim: `${minutes} minutes without Kafka under 100 events a second fail no request, and within a minute everything is published and logged, once and in order`,
        counts: { minutes, requests, failedRequests: 0, events: events.length, drainedMs },
      };
    } finally {
      await removeCompletely(name);
    }
  };
