import type { KubeApi } from '../control/kube-api.ts';
import { TENANTS } from '../kubernetes/resources.ts';

/** Who may say of a name that no tenant has it. */
interface NobodysTenantParts {
  readonly api: Pick<KubeApi, 'get'>;
  /** This operator handles the tenants without a label: of all operators it alone answers for names that nobody has. */
  readonly isDefault: boolean;
}

/** Of a tenant that this operator does not handle: whether there is none, and this one says so. */
export async function isNobodysTenant({ api, isDefault }: NobodysTenantParts, name: string): Promise<boolean> {
  return isDefault && (await api.get(TENANTS, { name })) === undefined;
}
