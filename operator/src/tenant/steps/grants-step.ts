import { type Grant, grantKey, planGrants, tenantGrants } from '@tenantry/tenant-schema';
import { converge } from '../converge.ts';
import type { Step } from '../step.ts';

/** Every right anybody has on the tenant's schema and roles, exactly: what is missing is given, what is too much is taken. */
export const grantsStep: Step = {
  name: 'grants',
  condition: 'GrantsReady',
  run: ({ ports: { database }, names, place, credentials, spec, reportOnly }) => {
    const wanted = tenantGrants(names, place.cell.name, { state: spec.state, generations: [credentials.generation] });
    let plan = planGrants(wanted, wanted);
    return converge<Grant>(
      { reportOnly },
      {
        look: async () => {
          plan = planGrants(wanted, await database.grants(names));
          return { changes: [...plan.missing, ...plan.extra] };
        },
        apply: () => database.applyGrants(names, plan),
        describe: (grant) => `grant ${grantKey(grant).replaceAll('\n', ' ')}`,
        done: () => `${wanted.length} grants are as state ${spec.state} wants them, and no others.`,
      },
    );
  },
};
