import type { RoleSpec, RoleState } from '../../postgres/port.ts';
import { converge } from '../converge.ts';
import { driftItem } from '../plans/drift-item.ts';
import { roleDifferences } from '../plans/role-differences.ts';
import { rolesPlan } from '../plans/roles-plan.ts';
import type { Step } from '../step.ts';
import type { TenantPass } from '../tenant-pass.ts';

/** Owner, application and read-only role, and a login for each credential generation that works; the login of one that does no more goes. */
export const rolesStep: Step = {
  name: 'roles',
  condition: 'RolesReady',
  run: (pass) => {
    const { names, tenantId } = pass;
    const wanted = wantedRoles(pass);
    const wantedNames = wanted.map(({ name }) => name);
    const unwanted = { logins: [names.login(1), names.login(2)].filter((login) => !wantedNames.includes(login)), tenantId };
    const { database } = pass.ports;
    let found: ReadonlyMap<string, RoleState> = new Map();
    return converge(pass, {
      look: async () => {
        found = await database.roles([...wantedNames, ...unwanted.logins]);
        return rolesPlan(wanted, found, unwanted);
      },
      apply: async (changes) => {
        const put = changes.filter((change) => 'spec' in change);
        if (put.length > 0) await database.putRoles(put);
        for (const change of changes) if ('retire' in change) await database.retireLogin(change);
      },
      describe: (change) => ('retire' in change ? `login ${change.retire} (works no more)` : `role ${change.spec.name}`),
      differences: (change) =>
        'retire' in change
          ? [driftItem(`postgres/role/${change.retire}`, 'exists', 'no', 'yes')]
          : roleDifferences(change.spec, found.get(change.spec.name)),
      done: () => `Roles ${wantedNames.join(', ')} are as wanted.`,
    });
  },
};

function wantedRoles({ names, tenantId, credentials, spec }: TenantPass): RoleSpec[] {
  const group = (name: string, assumable: boolean): RoleSpec => ({ name, tenantId, assumable, login: undefined });
  return [
    group(names.ownerRole, true),
    group(names.appRole, false),
    group(names.readOnlyRole, false),
    ...credentials.generations.map(
      (generation): RoleSpec => ({
        name: names.login(generation),
        tenantId,
        assumable: false,
        login: {
          credential: credentials.for('postgres', generation),
          // A session begins as the application role; nothing is found by an unqualified name.
          settings: { role: names.appRole, search_path: ['pg_catalog', 'pg_temp'], statement_timeout: `${spec.statementTimeoutMs}ms` },
        },
      }),
    ),
  ];
}
