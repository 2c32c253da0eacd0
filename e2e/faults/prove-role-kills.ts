import { setTimeout as sleep } from 'node:timers/promises';
import { seeded } from '@tenantry/stack/testing/seeded.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { drained } from '../support/backlog.ts';
import { holds } from '../support/holds.ts';
import { ReportAsker } from '../support/report-asker.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { cachedToken, freshName, onboard, removeCompletely } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';
import { deliverEverythingAgain } from './deliver-again.ts';
import type { Proof } from './proof.ts';
import { killRole } from './role-kills.ts';
import { ROLES, type Role } from './roles.ts';

const REQUESTS_PER_SECOND = 50;
/** Between a role being ready again and its next end. */
const PAUSE_MS = 3000;
const DRAINED_MS = 60_000;

type Say = (line: string) => void;

/** Every role of the service killed with SIGKILL so many times, each at a moment the seed decides; then everything delivered a second time. */
export const proveRoleKillsOf = (kills: number) => (seed: number, say: Say) => proveRoleKills(kills, seed, say);

async function proveRoleKills(kills: number, seed: number, say: Say): Promise<Proof> {
  await using receiver = await webhookReceiver();
  const random = seeded(seed);
  const total = { kills: 0, requests: 0, writes: 0, webhooks: 0, reports: 0, eventsAgain: 0, webhooksAgain: 0, operationsAgain: 0 };
  let slowest = 0;
  for (const role of ROLES) {
    const counts = await killUnderLoad(role, kills, random, receiver);
    say(`${role}: ${JSON.stringify(counts)}`);
    const { drainedMs, ...added } = counts;
    for (const each of Object.keys(added) as (keyof typeof added)[]) total[each] += added[each];
    slowest = Math.max(slowest, drainedMs);
  }
  return {
    claim: `each role killed ${kills} times under load: within a minute everything acknowledged is logged once and in order, every webhook and report has ended; delivered a second time nothing of it has another effect`,
    counts: { ...total, slowestDrainMs: slowest },
  };
}

async function killUnderLoad(role: Role, kills: number, random: () => number, receiver: WebhookReceiver) {
  const name = freshName('killed');
  const tenant = await onboard(name);
  try {
    await receiver.subscribe(tenant);
    const token = cachedToken(() => tokenForMachine(tenant.name, tenant.secret.clientSecret));
    const load = new SteadyLoad({ url: tenant.url, token, ratePerSecond: REQUESTS_PER_SECOND });
    const reports = new ReportAsker(tenant);
    let asked = 0;
    try {
      for (let kill = 0; kill < kills; kill += 1) {
        await sleep(random() * PAUSE_MS);
        await killRole(role);
      }
    } finally {
      await load.stop();
      asked = await reports.stop();
    }
    // While the api itself is killed there is nobody to ask.
    if (role !== 'tenantry-api') holds(`requests refused while ${role} was killed`, [...load.refused, ...reports.refused], []);
    tenant.api.acknowledged.push(...load.acknowledged);
    const drainedMs = await drained(tenant, DRAINED_MS);
    await verify(tenant, [], receiver);
    const again = await deliverEverythingAgain(tenant);
    await verify(tenant, [], receiver);
    return {
      kills,
      requests: load.sent.length,
      writes: load.acknowledged.length,
      webhooks: receiver.of(tenant).length,
      reports: asked,
      eventsAgain: again.events,
      webhooksAgain: again.webhooks,
      operationsAgain: again.operations,
      drainedMs,
    };
  } finally {
    await removeCompletely(name);
  }
}
