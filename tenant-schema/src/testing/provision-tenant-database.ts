import { randomUUID } from 'node:crypto';
import { cellGroups, cellLogins, type TenantNames, tenantNames } from '@tenantry/contracts';
import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { migrateTenant } from '../migrate-tenant.ts';
import { grantStatements, planGrants } from '../plan-grants.ts';
import { scramVerifier } from '../scram-verifier.ts';
import { type Grant, type TenantState, tenantGrants } from '../tenant-grants.ts';

export interface TenantWishes {
  readonly slug: string;
  readonly cell: string;
  readonly state?: TenantState;
  readonly tenantId?: string;
  /** Password of login generation 1: makes the tenant a dedicated one. */
  readonly password?: string;
}

/**
 * One tenant's database, made in a straight line by the operator's login: what the operator's steps do with observing, for tests and as the
 * bench's reference. Not for a second run.
 */
export async function provisionTenantDatabase(operator: ClientBase, wishes: TenantWishes): Promise<TenantNames & { tenantId: string }> {
  const { slug, cell, state = 'Active', tenantId = randomUUID(), password } = wishes;
  const names = tenantNames(slug, cell);
  await operator.query(rolesSql(names, cell, password));
  const { to } = await migrateTenant(operator, names);
  const wanted = tenantGrants(names, cell, { state, generations: password === undefined ? [] : [1] });
  // Given with the roles; each membership has PostgreSQL walk through all the operator administers.
  const given: Grant = { kind: 'member', object: names.ownerRole, privilege: 'SET', grantee: cellLogins(cell).operator };
  await operator.query(`begin;\n${grantStatements(names, planGrants(wanted, [given]))}\ncommit;`);
  await operator.query(
    `insert into tenantry.tenants (tenant_id, slug, uid, state, class, mode, schema_name, app_role, events_topic, schema_version, statement_timeout_ms)
     values ($1, $2, $3, $4, 'standard', $5, $6, $7, $8, $9, 2000)`,
    [
      tenantId,
      slug,
      randomUUID(),
      state,
      password === undefined ? 'Pooled' : 'Dedicated',
      names.schema,
      names.appRole,
      names.eventsTopic,
      to,
    ],
  );
  return { ...names, tenantId };
}

function rolesSql(names: TenantNames, cell: string, password: string | undefined): string {
  const owner = escapeIdentifier(names.ownerRole);
  const app = escapeIdentifier(names.appRole);
  const statements = [
    'begin',
    ...[names.ownerRole, names.appRole, names.readOnlyRole].map((role) => `create role ${escapeIdentifier(role)} nologin noinherit`),
    `grant ${owner} to ${escapeIdentifier(cellLogins(cell).operator)} with inherit false, set true`,
    `create schema ${escapeIdentifier(names.schema)} authorization ${owner}`,
  ];
  if (password !== undefined) {
    const login = escapeIdentifier(names.login(1));
    statements.push(
      `create role ${login} login noinherit password ${escapeLiteral(scramVerifier(password))}`,
      `grant ${app} to ${login} with inherit false, set true`,
      `grant ${escapeIdentifier(cellGroups(cell).login)} to ${login} with inherit true, set false`,
      `alter role ${login} set role = ${escapeLiteral(names.appRole)}`,
      `alter role ${login} set search_path = pg_catalog, pg_temp`,
    );
  }
  return [...statements, 'commit;'].join(';\n');
}
