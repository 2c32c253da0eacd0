import { kubectl } from '../kubernetes/kubectl.ts';
import type { Paths } from '../paths.ts';
import type { KubeObject } from './kube-object.ts';

/** Field manager of everything the deploy step applies. */
const MANAGER = 'tenantry-deploy';

/** Server-side apply; what somebody changed by hand in our fields is put back. Secrets go through standard input, never a command line. */
export async function applyObjects(paths: Paths, objects: readonly KubeObject[]): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  await kubectl(paths, ['apply', '--server-side', '--force-conflicts', `--field-manager=${MANAGER}`, '--filename=-'], {
    input: JSON.stringify(list),
    limitMs: 60_000,
  });
}
