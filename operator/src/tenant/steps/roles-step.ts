import type { RoleSpec } from '../../postgres/port.ts';
import { converge } from '../converge.ts';
import { rolesPlan } from '../plans/roles-plan.ts';
import type { Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** Owner, application and read-only role, and the login of the current credential generation. */
export const rolesStep: Step = {
  name: 'roles',
  condition: 'RolesReady',
  run: (pass) => {
    const wanted = wantedRoles(pass);
    const { database } = pass.ports;
    return converge(pass, {
      look: async () => rolesPlan(wanted, await database.roles(wanted.map(({ name }) => name))),
      apply: (changes) => database.putRoles(changes),
      describe: ({ spec }) => `role ${spec.name}`,
      done: () => `Roles ${wanted.map(({ name }) => name).join(', ')} are as wanted.`,
    });
  },
};

function wantedRoles({ names, tenantId, credentials, spec }: TenantPass): RoleSpec[] {
  const group = (name: string, assumable: boolean): RoleSpec => ({ name, tenantId, assumable, login: undefined });
  return [
    group(names.ownerRole, true),
    group(names.appRole, false),
    group(names.readOnlyRole, false),
    {
      name: names.login(credentials.generation),
      tenantId,
      assumable: false,
      login: {
        credential: credentials.for('postgres'),
        // A session begins as the application role; nothing is found by an unqualified name.
        settings: { role: names.appRole, search_path: ['pg_catalog', 'pg_temp'], statement_timeout: `${spec.statementTimeoutMs}ms` },
      },
    },
  ];
}
