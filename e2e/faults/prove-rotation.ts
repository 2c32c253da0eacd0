import { makeClass, removeClass } from '../support/test-class.ts';
import { freshName, onboard, removeCompletely } from '../support/test-tenant.ts';
import { verify } from '../support/verify.ts';
import type { Proof } from './proof.ts';
import { rotateUnderLoad } from './rotation.ts';

/** Ten rotations of a dedicated tenant's credentials at 40 requests/s to its own replica. */
export async function proveRotation(_seed: number, say: (line: string) => void): Promise<Proof> {
  const className = freshName('rotation-class');
  const name = freshName('rotating');
  await makeClass(className);
  try {
    const tenant = await onboard(name, {
      classRef: { name: className },
      workload: { mode: 'Dedicated' },
      messaging: { topics: [{ name: 'orders', partitions: 1 }] },
    });
    const { counts, tenant: rotated } = await rotateUnderLoad(tenant, { rotations: 10, ratePerSecond: 40 }, say);
    const events = await verify(rotated);
    return {
      claim: 'rotating the credentials of a dedicated tenant fails no request; old credentials work until the overlap ends and not after',
      counts: { ...counts, failedRequests: 0, eventsOnTopic: events.length },
    };
  } finally {
    await removeCompletely(name);
    await removeClass(className);
  }
}
