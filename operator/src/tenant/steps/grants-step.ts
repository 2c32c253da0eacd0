import { type Grant, grantKey, planGrants, tenantGrants } from '@tenantry/tenant-schema';
import { converge } from '../converge.ts';
import { driftItem } from '../plans/drift-item.ts';
import type { Step } from '../step.ts';

/** Every right anybody has on the tenant's schema and roles, exactly: what is missing is given, what is too much is taken. */
export const grantsStep: Step = {
  name: 'grants',
  condition: 'GrantsReady',
  run: ({ ports: { database }, names, place, credentials, spec, isNew, reportOnly }) => {
    const wanted = tenantGrants(names, place.cell.name, { state: spec.state, generations: credentials.generations });
    let plan = planGrants(wanted, isNew ? [] : wanted);
    return converge<Grant>(
      { reportOnly },
      {
        whenNew: isNew ? { changes: plan.missing } : undefined,
        look: async () => {
          plan = planGrants(wanted, await database.grants(names));
          return { changes: [...plan.missing, ...plan.extra] };
        },
        apply: () => database.applyGrants(names, plan),
        describe: (grant) => `grant ${grantKey(grant).replaceAll('\n', ' ')}`,
        differences: (grant) => {
          const [want, have] = plan.missing.includes(grant) ? ['granted', 'missing'] : ['not granted', 'granted'];
          const { kind, object, privilege, grantee } = grant;
          return [driftItem(`postgres/${kind}/${names.schema}`, `${privilege} on ${object} to ${grantee}`, want, have)];
        },
        done: () => `${wanted.length} grants are as state ${spec.state} wants them, and no others.`,
      },
    );
  },
};
