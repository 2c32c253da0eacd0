import { converge } from '../converge.ts';
import { registrationPlan } from '../plans/registration-plan.ts';
import type { Step } from '../step.ts';

/** The registry row, last: from here on the data plane serves the tenant. */
export const registryStep: Step = {
  name: 'registry',
  condition: 'Registered',
  run: ({ ports: { registry }, tenant, tenantId, tenantClass, spec, seen, registration, names, reportOnly }) => {
    const wanted = {
      state: spec.state,
      class: tenantClass.metadata.name,
      mode: spec.mode,
      organizationId: seen.organizationId,
      schemaVersion: seen.schemaVersion ?? registration.schemaVersion,
      statementTimeoutMs: spec.statementTimeoutMs,
      quotas: spec.quotas,
      url: seen.url,
      closedReason: tenant.spec.lifecycle.state === 'Active' ? undefined : tenant.spec.lifecycle.reason,
    };
    return converge<string>(
      { reportOnly },
      {
        look: async () => {
          const row = await registry.registration(names.organizationAlias);
          if (row === undefined || row.tenantId !== tenantId)
            return {
              refused: {
                reason: 'Conflict',
                message: `The registry row of ${names.organizationAlias} was taken away or given to another tenant.`,
              },
            };
          return { changes: Object.keys(registrationPlan(wanted, row)) };
        },
        apply: (fields) =>
          registry.update(tenantId, Object.fromEntries(fields.map((field) => [field, wanted[field as keyof typeof wanted]]))),
        describe: (field) => `registry ${field}`,
        done: () => `The registry says ${spec.state}, class ${wanted.class}, ${spec.mode}.`,
      },
    );
  },
};
