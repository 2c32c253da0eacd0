import { applying, pausedBy } from '../converge.ts';
import { secretFor } from '../desired/secret.ts';
import { repairOf } from '../repair-of.ts';
import type { Step } from '../step.ts';

/** `<slug>-credentials` in the tenants' namespace: what dedicated replicas and the tenant's own Kafka clients sign in with. */
export const secretStep: Step = {
  name: 'secret',
  condition: 'SecretReady',
  run: async (pass) => {
    const secret = secretFor(pass);
    if (pass.reportOnly && (await pass.ports.objects.differs(secret))) return pausedBy([`Secret ${secret.metadata.name}`]);
    const { outcome, handEdited } = await applying(() => pass.ports.objects.apply(secret));
    const changed = repairOf(secret, outcome, handEdited);
    return {
      kind: 'done',
      message: `Secret ${pass.place.tenantsNamespace}/${secret.metadata.name} holds the current credentials.`,
      changed,
    };
  },
};
