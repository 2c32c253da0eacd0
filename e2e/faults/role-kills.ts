import { killPlatform, replacePods } from '../support/pod-process.ts';
import type { Role } from './roles.ts';

/**
 * Kills every process of a role with SIGKILL and waits until its successors are ready. The pods are replaced, because Kubernetes lets a container that
 * died often wait for minutes, and how long it waits is not what is asked here.
 */
export async function killRole(role: Role | 'tenantry-operator'): Promise<void> {
  if ((await killPlatform(role)) === 0) throw new Error(`no process of ${role} was found`);
  await replacePods(role);
}
