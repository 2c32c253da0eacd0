import { tenantNames } from '@tenantry/contracts';
import { describe, expect, it } from 'vitest';
import { grantStatements, planGrants } from './plan-grants.ts';
import { type Grant, type TenantState, tenantGrants } from './tenant-grants.ts';

const names = tenantNames('acme-inc', 'main');
const active = tenantGrants(names, 'main', { state: 'Active', generations: [1] });

describe('tenantGrants', () => {
  const privileges = (state: TenantState, table: string, role: string) =>
    tenantGrants(names, 'main', { state, generations: [] })
      .filter(({ kind, object, grantee }) => kind === 'table' && object === table && grantee === role)
      .map(({ privilege }) => privilege);

  it.each<[TenantState, string, string[]]>([
    ['Active', 'customers', ['SELECT', 'INSERT', 'UPDATE']],
    ['Provisioning', 'customers', ['SELECT', 'INSERT', 'UPDATE']],
    ['ReadOnly', 'customers', ['SELECT']],
    ['Suspended', 'customers', ['SELECT']],
    ['Closed', 'customers', []],
    ['Active', 'history', ['SELECT', 'INSERT']],
    ['ReadOnly', 'history', ['SELECT']],
    ['Active', 'idempotency_keys', ['SELECT', 'INSERT', 'DELETE']],
  ])('in %s give the app role on %s %j', (state, table, expected) => {
    expect(privileges(state, table, names.appRole)).toEqual(expected);
  });

  const everybody = ['api', 'api_8', 'jobs', 'projector', 'sender'].map((login) => `tenantry_${login}@main`);
  it.each<[TenantState, string[], boolean]>([
    ['Active', [names.login(1), names.login(2), ...everybody], true],
    ['ReadOnly', [names.login(1), names.login(2), ...everybody], false],
    ['Suspended', ['tenantry_projector@main'], false],
    ['Closed', [], false],
  ])('in %s let in %j; events out: %s', (state, logins, events) => {
    const grants = tenantGrants(names, 'main', { state, generations: [1, 2] });
    const doors = grants.filter(({ object, privilege }) => object === names.appRole && privilege === 'SET');
    expect(doors.map(({ grantee }) => grantee).sort()).toEqual(logins.sort());
    expect(grants.some(({ object }) => object === 'tenantry_writer@main')).toBe(events);
  });

  it('never give the read-only role the answers of requests', () => {
    expect(privileges('Active', 'idempotency_keys', names.readOnlyRole)).toEqual([]);
  });
});

describe('planGrants', () => {
  it('has nothing to do where everything is as wanted, in any order', () => {
    const plan = planGrants(active, active.toReversed());
    expect(plan).toMatchObject({ missing: [], extra: [] });
    expect(grantStatements(names, plan)).toBe('');
  });

  it('gives what is missing as the owner, and takes what is extra first', () => {
    const extra: Grant = { kind: 'column', object: 'customers.email', privilege: 'SELECT', grantee: 'PUBLIC' };
    const [missing, ...rest] = active.filter(({ kind }) => kind === 'table');
    const others = active.filter(({ kind }) => kind !== 'table');
    expect(grantStatements(names, planGrants(active, [...others, ...rest, extra])).split('\n')).toEqual([
      'set local role "t_acme_inc_owner@main";',
      'revoke SELECT ("email") on "t_acme_inc"."customers" from public cascade;',
      `grant ${missing?.privilege} on table "t_acme_inc"."customers" to "t_acme_inc_app@main";`,
      'reset role;',
    ]);
  });

  it('gives a role all it is missing on a table in one statement', () => {
    const plan = planGrants(active, []);
    const given = grantStatements(names, plan).split('\n');
    expect(given).toContain(`grant SELECT, INSERT, UPDATE on table "t_acme_inc"."customers" to "${names.appRole}";`);
    const objects = plan.missing.filter(({ kind }) => kind !== 'member').map(({ kind, object, grantee }) => `${kind} ${object} ${grantee}`);
    expect(given.filter((statement) => /^grant .* on /.test(statement))).toHaveLength(new Set(objects).size);
  });

  it('becomes the owner before memberships change, when it may already, and else as soon as it may', () => {
    const owner = (grant: Grant) => grant.object === names.ownerRole;
    const kinds = (found: readonly Grant[]) =>
      grantStatements(names, planGrants(active, found))
        .split('\n')
        .map((statement) => (statement.includes(' with inherit ') ? 'member' : statement.replace(/ .*/, '')))
        .filter((kind, at, all) => kind !== all[at - 1]);
    expect(kinds(active.filter(owner))).toEqual(['set', 'grant', 'reset', 'member']);
    expect(kinds([])).toEqual(['member', 'set', 'grant', 'reset']);
  });

  it('takes one option of a membership that is wanted for the other', () => {
    const inherits: Grant = { kind: 'member', object: names.appRole, privilege: 'INHERIT', grantee: 'tenantry_api@main' };
    expect(grantStatements(names, planGrants(active, [...active, inherits]))).toBe(
      'revoke INHERIT option for "t_acme_inc_app@main" from "tenantry_api@main" cascade;',
    );
  });

  it('ends a membership nobody wants', () => {
    const stranger: Grant = { kind: 'member', object: names.appRole, privilege: 'SET', grantee: 'stranger' };
    expect(grantStatements(names, planGrants(active, [...active, stranger]))).toBe('revoke "t_acme_inc_app@main" from "stranger" cascade;');
  });
});
