import { ProblemDocument, TenantStores, tenantStoresPath } from '@tenantry/contracts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { isKubeError, KubeError } from '@tenantry/operator/control/kube-error.ts';
import { z } from 'zod';
import type { StoresReading } from '../../platform/platform-stores.ts';
import type { ServicePlace } from '../../platform/service-place.ts';
import { serverWords } from './server-words.ts';

/** The operator gives each store three seconds. */
const CALL_LIMIT_MS = 8000;

/**
 * What a tenant has in PostgreSQL, Kafka and RabbitMQ at this moment, from the operator through the API server's proxy of its Service, with the person's own
 * rights. @throws KubeError when the way there is cut, or something else answers
 */
export async function readStores(api: Pick<KubeApi, 'getRaw'>, place: ServicePlace, name: string): Promise<StoresReading> {
  const { namespace, service } = place;
  try {
    const path = `/api/v1/namespaces/${namespace}/services/${service}/proxy${tenantStoresPath(name)}`;
    const stores = TenantStores.safeParse(await api.getRaw(path, { timeoutMs: CALL_LIMIT_MS }));
    if (!stores.success) throw new KubeError('BadRequest', `what answers at ${namespace}/${service} is no operator of this version`);
    return { state: 'read', stores: stores.data };
  } catch (error) {
    if (isKubeError(error, 'Forbidden')) return { state: 'closed', place };
    if (isKubeError(error, 'NotFound')) return { state: notFoundBy(error), place };
    if (isKubeError(error, 'Unavailable', 'TooManyRequests', 'Timeout')) return { state: 'away', place, why: wordsOf(error) };
    throw error;
  }
}

/** The words of a problem, as the operator answers with; RFC 9457 makes all of it optional. */
const Problem = z.object({ type: ProblemDocument.shape.type, detail: z.string() });

/** Who says that it is not there: the API server of the Service, the operator of the tenant, or one of before of the address. */
function notFoundBy({ body }: KubeError): 'absent' | 'unknown' | 'older' {
  if (z.object({ kind: z.literal('Status') }).safeParse(body).success) return 'absent';
  return Problem.safeParse(body).success ? 'unknown' : 'older';
}

function wordsOf(error: KubeError): string {
  const problem = Problem.safeParse(error.body);
  return problem.success ? problem.data.detail : serverWords(error);
}
