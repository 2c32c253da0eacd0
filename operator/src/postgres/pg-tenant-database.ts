import type { TenantNames } from '@tenantry/contracts';
import {
  currentTenantVersion,
  findGrants,
  type Grant,
  type GrantPlan,
  grantStatements,
  latestVersion,
  migrateTenant,
  schemaVersions,
  scramVerifier,
} from '@tenantry/tenant-schema';
import type { Effects } from '../effects.ts';
import { roleComment } from '../tenant/role-comment.ts';
import { type FencedPool, literal, quoted } from './fenced-pool.ts';
import type { LoginRetirement, RoleChange, RoleState, SchemaState, TenantDatabase } from './port.ts';

/** Roles, schema, migrations and grants of the tenants of one cell, as its operator login (never a superuser). */
export class PgTenantDatabase implements TenantDatabase {
  readonly #pool: FencedPool;
  readonly #effects: Effects;
  readonly latestVersion = latestVersion('tenant');

  constructor(pool: FencedPool, effects: Effects) {
    this.#pool = pool;
    this.#effects = effects;
  }

  async roles(names: readonly string[]): Promise<ReadonlyMap<string, RoleState>> {
    const rows = await this.#pool.rows<RoleRow>(ROLES, [names]);
    return new Map(rows.map((row) => [row.name, roleStateOf(row)]));
  }

  async putRoles(changes: readonly RoleChange[]): Promise<void> {
    const flight = changes.map(roleStatements).join('\n');
    await this.#pool.write('roles', (client) => client.query(flight));
  }

  async dropRoles(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.#pool.write('drop roles', (client) => client.query(names.map((name) => `drop role if exists ${quoted(name)};`).join('\n')));
  }

  async retireLogin({ retire: name, isOpen }: LoginRetirement): Promise<void> {
    const role = quoted(name);
    // Committed before anybody is put out, so that nobody comes back in between.
    if (isOpen) await this.#pool.write(`close login ${name}`, (client) => client.query(`alter role ${role} nologin`));
    await this.#pool.write(`drop login ${name}`, async (client) => {
      // Who may end a session inherits its role.
      await client.query(`grant ${role} to current_user with inherit true, set false`);
      const { rows } = await client.query<{ ended: boolean }>(END_SESSIONS, [name, SESSION_END_MS]);
      if (rows.some(({ ended }) => !ended)) throw new Error(`a session of ${name} did not end within ${SESSION_END_MS} ms`);
      await client.query(`drop role ${role}`);
    });
  }

  async schemaOwner(schema: string): Promise<string | undefined> {
    const [row] = await this.#pool.rows<{ owner: string }>(
      'select pg_catalog.pg_get_userbyid(nspowner) as owner from pg_catalog.pg_namespace where nspname = $1',
      [schema],
    );
    return row?.owner;
  }

  async createSchema(schema: string, owner: string): Promise<void> {
    await this.#pool.write(`create schema ${schema}`, (client) =>
      client.query(`create schema if not exists ${quoted(schema)} authorization ${quoted(owner)}`),
    );
  }

  async version(schema: string): Promise<number> {
    return this.#pool.connected((client) => currentTenantVersion(client, schema));
  }

  async migrate(schema: string, ownerRole: string): Promise<void> {
    await this.#effects.perform(`postgres: migrate ${schema}`, () =>
      this.#pool.connected((client) => migrateTenant(client, { schema, ownerRole }, { epoch: this.#pool.epoch })),
    );
  }

  async grants(names: TenantNames): Promise<readonly Grant[]> {
    return this.#pool.connected(async (client) => (await findGrants(client, [names])).get(names.schema) ?? []);
  }

  async schemas(tenants: readonly TenantNames[]): Promise<ReadonlyMap<string, SchemaState>> {
    const wanted = tenants.map(({ schema }) => schema);
    const owners = await this.#pool.rows<{ schema: string; owner: string }>(
      'select nspname as schema, pg_catalog.pg_get_userbyid(nspowner) as owner from pg_catalog.pg_namespace where nspname = any ($1)',
      [wanted],
    );
    return this.#pool.connected(async (client) => {
      const grants = await findGrants(client, tenants);
      const versions = await schemaVersions(client);
      return new Map(
        owners.map(({ schema, owner }) => [schema, { owner, version: versions.get(schema) ?? 0, grants: grants.get(schema) ?? [] }]),
      );
    });
  }

  async applyGrants(names: TenantNames, plan: GrantPlan): Promise<void> {
    await this.#pool.write('grants', (client) => client.query(grantStatements(names, plan)));
  }
}

/** How long a session has to notice that it is ended; one that is not busy does so at once. */
const SESSION_END_MS = 3000;
const END_SESSIONS = 'select pg_catalog.pg_terminate_backend(pid, $2) as ended from pg_catalog.pg_stat_activity where usename = $1';

const ROLES = `
select r.rolname as name, r.rolcanlogin as can_login, pg_catalog.shobj_description(r.oid, 'pg_authid') as comment,
       coalesce(r.rolconfig, '{}') as settings,
       array_remove(array[case when r.rolsuper then 'superuser' end, case when r.rolcreatedb then 'createdb' end,
                          case when r.rolcreaterole then 'createrole' end, case when r.rolinherit then 'inherit' end,
                          case when r.rolreplication then 'replication' end, case when r.rolbypassrls then 'bypassrls' end], null) as excess,
       exists (select from pg_catalog.pg_auth_members m join pg_catalog.pg_roles me on me.oid = m.member
                where m.roleid = r.oid and me.rolname = current_user and m.set_option) as assumable
  from pg_catalog.pg_roles r
 where r.rolname = any ($1)`;

interface RoleRow {
  readonly name: string;
  readonly can_login: boolean;
  readonly comment: string | null;
  readonly settings: string[];
  readonly excess: string[];
  readonly assumable: boolean;
}

function roleStateOf(row: RoleRow): RoleState {
  return {
    name: row.name,
    comment: row.comment ?? undefined,
    canLogin: row.can_login,
    excess: row.excess,
    settings: row.settings,
    assumable: row.assumable,
  };
}

/** Makes or puts back one role. The password goes over as a SCRAM verifier: no server log ever holds it. */
function roleStatements({ spec, excess }: RoleChange): string {
  const role = quoted(spec.name);
  const create = excess === undefined;
  // Only what is too much is named: even repeating `nocreatedb` needs CREATEDB, which the operator lacks. What only a superuser can have
  // given only a superuser can take; the server refuses and the condition says so.
  const attributes = ['noinherit', ...(excess ?? []).filter((attribute) => attribute !== 'inherit').map((attribute) => `no${attribute}`)];
  const login = spec.login === undefined ? 'nologin' : `login password ${literal(scramVerifier(spec.login.credential.password))}`;
  return [
    `${create ? 'create' : 'alter'} role ${role} ${attributes.join(' ')} ${login};`,
    create ? '' : `alter role ${role} reset all;`,
    ...Object.entries(spec.login?.settings ?? {}).map(
      ([name, value]) => `alter role ${role} set ${name} = ${typeof value === 'string' ? literal(value) : value.map(quoted).join(', ')};`,
    ),
    spec.assumable ? `grant ${role} to current_user with inherit false, set true;` : '',
    `comment on role ${role} is ${literal(roleComment(spec.tenantId, spec.login?.credential.fingerprint))};`,
  ]
    .filter((statement) => statement !== '')
    .join('\n');
}
