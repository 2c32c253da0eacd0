import type { Registration } from '../../postgres/port.ts';
import { converge } from '../converge.ts';
import { driftItem } from '../plans/drift-item.ts';
import { registrationPlan } from '../plans/registration-plan.ts';
import type { Step } from '../step.ts';

/** The registry row, last: from here on the data plane serves the tenant. */
export const registryStep: Step = {
  name: 'registry',
  condition: 'Registered',
  run: ({ ports: { registry }, tenant, tenantId, tenantClass, spec, seen, registration, names, reportOnly }) => {
    // In a pass that only reports, the steps before may not have got as far as an address or an organization: that is no wish to have none.
    const last = reportOnly ? registration : undefined;
    let row: Registration | undefined;
    const wanted = {
      state: spec.state,
      class: tenantClass.metadata.name,
      mode: spec.mode,
      organizationId: seen.organizationId ?? last?.organizationId,
      schemaVersion: seen.schemaVersion ?? registration.schemaVersion,
      statementTimeoutMs: spec.statementTimeoutMs,
      quotas: spec.quotas,
      url: seen.url ?? last?.url,
      closedReason: tenant.spec.lifecycle.state === 'Active' ? undefined : tenant.spec.lifecycle.reason,
    };
    return converge<string>(
      { reportOnly },
      {
        look: async () => {
          row = await registry.registration(names.organizationAlias);
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
        differences: (field) => [
          driftItem(
            `registry/${names.organizationAlias}`,
            field,
            textOf(wanted[field as keyof typeof wanted]),
            textOf(row?.[field as keyof Registration]),
          ),
        ],
        done: () => `The registry says ${spec.state}, class ${wanted.class}, ${spec.mode}.`,
      },
    );
  },
};

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value ?? 'unset');
}
