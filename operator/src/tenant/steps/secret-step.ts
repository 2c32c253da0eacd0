import { applying } from '../converge.ts';
import { secretFor } from '../desired/secret.ts';
import { foreignObject } from '../foreign-object.ts';
import { repairOf } from '../repair-of.ts';
import type { Step } from '../step.ts';

/** `<slug>-credentials` in the tenants' namespace: what dedicated replicas and the tenant's own Kafka clients sign in with. */
export const secretStep: Step = {
  name: 'secret',
  condition: 'SecretReady',
  isWatched: true,
  run: async (pass) => {
    const secret = secretFor(pass);
    const differences = pass.reportOnly ? await pass.ports.objects.differences(secret) : [];
    if (differences.length > 0) return { kind: 'differs', drift: differences };
    const { outcome, handEdited, drift } = await applying(() => pass.ports.objects.apply(secret));
    if (outcome === 'foreign') return foreignObject(`Secret ${secret.metadata.name}`);
    const changed = repairOf(secret, outcome, handEdited);
    return {
      kind: 'done',
      message: `Secret ${pass.place.tenantsNamespace}/${secret.metadata.name} holds the current credentials.`,
      changed,
      drift,
    };
  },
};
