import { setTimeout as sleep } from 'node:timers/promises';
import { upParts } from '@tenantry/stack/local-stack.ts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { drained } from '../support/backlog.ts';
import { rowsOf } from '../support/cell-eye.ts';
import { holds } from '../support/holds.ts';
import { localPlatform } from '../support/local-platform.ts';
import { holdStill } from '../support/pod-process.ts';
import { ReportAsker } from '../support/report-asker.ts';
import { type Sent, SteadyLoad } from '../support/steady-load.ts';
import { steadyToken } from '../support/steady-token.ts';
import { StreamFollower } from '../support/stream-follower.ts';
import { freshName, onboard, removeCompletely, type TestTenant } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';
import { type ChaosFault, chaosPlan, isFelt, shownFault } from './chaos-plan.ts';
import { withoutPart } from './parts-away.ts';
import { killRole } from './role-kills.ts';

export interface SoakPlan {
  readonly seed: number;
  readonly minutes: number;
  readonly say: (line: string) => void;
  /** Ends it before its time; what is broken is brought back and everything is checked all the same. */
  readonly signal?: AbortSignal;
}

/** All tenants together. */
const REQUESTS_PER_SECOND = 100;
const TENANTS = 2;
/** Nothing may be under way a minute after the last fault. */
const DRAINED_MS = 60_000;
/** How long after such a fault callers may still meet its end: connections that hang, retries that wait. */
const FELT_MS = 5000;
/** Of a thousand requests, apart from when there is nobody to serve them. */
const REFUSED_MAX = 0.001;

/** From when to when nobody could be served, on the clock of `performance.now()`. */
type Window = readonly [from: number, to: number];

/**
 * Customers of two tenants are used at a steady rate, with webhooks, streams and reports, while a fault of the plan happens every twenty seconds. The same
 * seed is the same plan. @throws when something of what must always hold does not, or does not again within a minute after the last fault
 */
export async function soak({ seed, minutes, say, signal }: SoakPlan): Promise<Readonly<Record<string, number>>> {
  await using receiver = await webhookReceiver();
  const names = Array.from({ length: TENANTS }, () => freshName('soaked'));
  const users: Awaited<ReturnType<typeof useEverything>>[] = [];
  try {
    for (const name of names) users.push(await useEverything(await onboard(name), receiver));
    const felt: Window[] = [];
    const began = performance.now();
    let faults = 0;
    for (const { atMs, fault } of chaosPlan(seed, minutes)) {
      await sleep(Math.max(0, began + atMs - performance.now()), undefined, { signal }).catch(() => {});
      if (signal?.aborted) break;
      const from = performance.now();
      say(`${Math.round((from - began) / 1000)} s: ${shownFault(fault)}`);
      await happen(fault);
      if (isFelt(fault)) felt.push([from, performance.now() + FELT_MS]);
      faults += 1;
    }
    const stopped = [];
    for (const user of users) stopped.push(await user.stopWriting());
    const counts = {
      faults,
      ...availability(
        stopped.flatMap(({ sent }) => sent),
        felt,
      ),
    };
    say(`writing has ended: ${JSON.stringify(counts)}`);
    let slowestDrainMs = 0;
    for (const { tenant } of users) slowestDrainMs = Math.max(slowestDrainMs, await drained(tenant, DRAINED_MS));
    let events = 0;
    for (const { tenant, stream } of users) {
      const others = users.map((user) => user.tenant).filter((other) => other !== tenant);
      events += (await verify(tenant, others, receiver)).length;
      await streamSawEverything(tenant, stream);
    }
    const webhooks = users.reduce((total, { tenant }) => total + receiver.of(tenant).length, 0);
    const reports = stopped.reduce((total, each) => total + each.reports, 0);
    const streams = users.reduce((total, { stream }) => total + stream.streams, 0);
    return {
      ...counts,
      writes: users.flatMap(({ tenant }) => tenant.api.acknowledged).length,
      events,
      webhooks,
      reports,
      streams,
      slowestDrainMs,
    };
  } finally {
    for (const user of users) await user.end();
    for (const name of names) await removeCompletely(name);
  }
}

async function useEverything(tenant: TestTenant, receiver: WebhookReceiver) {
  await receiver.subscribe(tenant);
  const own = await steadyToken(() => tokenForMachine(tenant.name, tenant.secret.clientSecret));
  const stream = new StreamFollower(tenant.url, own.token);
  const load = new SteadyLoad({ url: tenant.url, token: own.token, ratePerSecond: REQUESTS_PER_SECOND / TENANTS });
  const reports = new ReportAsker(tenant);
  let stopped: Promise<{ readonly sent: readonly Sent[]; readonly reports: number }> | undefined;
  const stopWriting = () => {
    stopped ??= (async () => {
      await load.stop();
      const asked = await reports.stop();
      tenant.api.acknowledged.push(...load.acknowledged);
      return { sent: load.sent, reports: asked };
    })();
    return stopped;
  };
  return {
    tenant,
    stream,
    stopWriting,
    end: async () => {
      await stopWriting();
      await stream.stop();
      own[Symbol.dispose]();
    },
  };
}

async function happen(fault: ChaosFault): Promise<void> {
  switch (fault.kind) {
    case 'away':
      return await withoutPart(fault.absence, () => sleep(fault.forMs));
    case 'postgres':
      return await restartPostgres(fault.how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    case 'killed':
      return await killRole(fault.role);
    case 'held-still':
      return await holdStill(fault.role, fault.forMs);
  }
}

async function restartPostgres(end: 'SIGINT' | 'SIGQUIT'): Promise<void> {
  const pid = await localPlatform().pidOf('postgres');
  process.kill(pid, end);
  await eventually(
    async () => {
      const found = await localPlatform()
        .pidOf('postgres')
        .catch(() => undefined);
      if (found === pid) throw new Error('PostgreSQL does not end');
    },
    { limitMs: 60_000 },
  );
  const failed = (await upParts(['postgres'])).find(({ state }) => state !== 'ready');
  if (failed) throw new Error(`${failed.part.name} did not come back: ${failed.error?.message}`);
}

/** @throws when more than one of a thousand requests was refused while there was somebody to serve them */
function availability(sent: readonly Sent[], felt: readonly Window[]) {
  const isDuring = ({ at, ms }: Sent): boolean => felt.some(([from, to]) => at + ms >= from && at <= to);
  const refused = sent.filter(({ status }) => status >= 400 || status === 0);
  const outside = sent.filter((each) => !isDuring(each)).length;
  const refusedOutside = refused.filter((each) => !isDuring(each));
  if (refusedOutside.length > outside * REFUSED_MAX)
    throw new Error(`${refusedOutside.length} of ${outside} requests were refused: ${JSON.stringify(refusedOutside.slice(0, 5))}`);
  return {
    requests: sent.length,
    refusedWithNobodyToServe: refused.length - refusedOutside.length,
    refusedOtherwise: refusedOutside.length,
  };
}

/** Every event of customers, each once, in the order of the log. */
async function streamSawEverything({ name }: TestTenant, stream: StreamFollower): Promise<void> {
  const rows = await rowsOf<{ seq: string }>(name, `select seq from {schema}.events where subject like 'customers/%' order by events.seq`);
  await eventually(
    () => {
      const seen = stream.events.filter(({ event }) => event.subject.startsWith('customers/')).map(({ event }) => event.sequence);
      holds(
        `what the stream of ${name} has shown`,
        seen,
        rows.map(({ seq }) => seq),
      );
    },
    { limitMs: 60_000, everyMs: 500 },
  );
}
