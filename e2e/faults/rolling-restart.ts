import { SYSTEM_NAMESPACE } from '@tenantry/contracts';
import { eventually } from '@tenantry/stack/testing/eventually.ts';
import { tokenForMachine } from '@tenantry/stack/testing/token-for.ts';
import { kubectl } from '../support/kubectl.ts';
import { SteadyLoad } from '../support/steady-load.ts';
import { cachedToken, type TestTenant } from '../support/test-tenant.ts';

export interface RollingCounts {
  readonly restarts: number;
  readonly requests: number;
  readonly acknowledgedWrites: number;
  readonly slowestMs: number;
}

/**
 * Replaces the shared replicas again and again while customers are created, changed, read, listed and deleted over connections that stay open.
 * Nothing is retried. @throws when one request was not answered with success
 */
export async function restartApiUnderLoad(
  tenant: TestTenant,
  { restarts, ratePerSecond }: { restarts: number; ratePerSecond: number },
  say: (line: string) => void = () => {},
): Promise<RollingCounts> {
  const load = new SteadyLoad({
    url: tenant.url,
    token: cachedToken(() => tokenForMachine(tenant.name, tenant.secret.clientSecret)),
    ratePerSecond,
  });
  try {
    for (let restart = 1; restart <= restarts && load.refused.length === 0; restart += 1) {
      await replaceReplicas();
      say(`replicas replaced ${restart} times, ${load.sent.length} requests, ${load.refused.length} failed`);
    }
  } finally {
    await load.stop();
  }
  const [refused] = load.refused;
  if (refused)
    throw new Error(`${load.refused.length} of ${load.sent.length} requests failed: ${JSON.stringify(load.refused.slice(0, 5))}`);
  tenant.api.acknowledged.push(...load.acknowledged);
  return {
    restarts,
    requests: load.sent.length,
    acknowledgedWrites: load.acknowledged.length,
    slowestMs: Math.round(Math.max(...load.sent.map(({ ms }) => ms))),
  };
}

async function replaceReplicas(): Promise<void> {
  await kubectl(['rollout', 'restart', 'deployment/tenantry-api', '--namespace', SYSTEM_NAMESPACE]);
  await kubectl(['rollout', 'status', 'deployment/tenantry-api', '--namespace', SYSTEM_NAMESPACE, '--timeout=90s']);
  // `rollout status` ends when the new pod is ready; the old one drains after that.
  await eventually(
    async () => {
      const selection = ['--namespace', SYSTEM_NAMESPACE, '--selector', 'app.kubernetes.io/name=tenantry-api'];
      const pods = (await kubectl(['get', 'pods', ...selection, '-o', 'name'])).trim();
      if (pods.split('\n').length > 1) throw new Error(`still draining: ${pods}`);
    },
    { limitMs: 60_000 },
  );
}
