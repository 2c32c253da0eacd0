import { API_SHARDS, apiShardLogin, cellGroups, cellLogins } from '@tenantry/contracts';
import { type ClientBase, escapeIdentifier, escapeLiteral } from 'pg';
import { scramVerifier } from './scram-verifier.ts';

/** The platform's logins in a cell (design D6). */
export type CellLogin = 'operator' | 'api' | 'registry' | 'relay' | 'jobs' | 'projector' | 'sender';

export interface CellBootstrap {
  readonly cell: string;
  readonly passwords: Readonly<Record<CellLogin, string>>;
}

/**
 * Turns the database `admin` is connected to into a cell: its logins with these passwords, its groups, and nothing for PUBLIC. Run again it
 * changes nothing but the passwords. `admin` needs CREATEROLE and to own the database; no superuser (as on RDS). The rest is
 * {@link migrateCell}, run as the operator's login.
 */
export async function bootstrapCell(admin: ClientBase, { cell, passwords }: CellBootstrap): Promise<void> {
  const database = await databaseName(admin);
  try {
    await admin.query(`begin;
select pg_advisory_xact_lock(hashtextextended('tenantry.bootstrap', 0));
${rolesSql(cell, passwords)}
${databaseSql(cell, database)}
${HARDENING_SQL}
commit;`);
  } catch (error) {
    await admin.query('rollback');
    throw error;
  }
}

async function databaseName(admin: ClientBase): Promise<string> {
  const result = await admin.query<{ name: string }>('select current_database()::text as name');
  const name = result.rows[0]?.name;
  if (name === undefined) throw new Error('the server did not say which database this is');
  return name;
}

function rolesSql(cell: string, passwords: CellBootstrap['passwords']): string {
  const logins = cellLogins(cell);
  const groups = Object.values(cellGroups(cell));
  const operator = escapeIdentifier(logins.operator);
  const shards = apiShardLogins(cell);
  const verifierOfApi = scramVerifier(passwords.api);
  const verifiers: [role: string, verifier: string][] = [
    ...(Object.entries(logins) as [CellLogin, string][]).map(([login, role]): [string, string] => [role, scramVerifier(passwords[login])]),
    ...shards.map((role): [string, string] => [role, verifierOfApi]),
  ];
  const statements = verifiers.flatMap(([role, verifier]) => [
    createRole(role),
    `alter role ${escapeIdentifier(role)} login ${role === logins.operator ? 'createrole ' : ''}password ${escapeLiteral(verifier)};`,
    // Every name in our SQL is schema-qualified; nothing can be put in front of it.
    `alter role ${escapeIdentifier(role)} set search_path = pg_catalog, pg_temp;`,
  ]);
  for (const group of groups) {
    statements.push(createRole(group), `grant ${escapeIdentifier(group)} to ${operator} with admin true, inherit false, set false;`);
  }
  // A pooled request is one flight: an open transaction that does nothing is a bug that holds a tenant's rows and a connection.
  for (const login of [logins.api, ...shards, logins.projector, logins.sender]) {
    statements.push(`alter role ${escapeIdentifier(login)} set idle_in_transaction_session_timeout = '10s';`);
  }
  // A job streams from S3 into an open transaction: slow is normal there, a minute of nothing is not.
  statements.push(`alter role ${escapeIdentifier(logins.jobs)} set idle_in_transaction_session_timeout = '60s';`);
  return statements.join('\n');
}

function apiShardLogins(cell: string): string[] {
  return Array.from({ length: API_SHARDS }, (_, shard) => apiShardLogin(cell, shard));
}

/** CREATE ROLE has no IF NOT EXISTS. */
function createRole(role: string): string {
  return `do $$ begin
  if not exists (select from pg_catalog.pg_roles where rolname = ${escapeLiteral(role)}) then create role ${escapeIdentifier(role)} nologin noinherit; end if;
end $$;`;
}

function databaseSql(cell: string, name: string): string {
  const { operator, relay, ...others } = cellLogins(cell);
  const database = escapeIdentifier(name);
  const guests = [operator, relay, ...Object.values(others), ...apiShardLogins(cell), cellGroups(cell).login]
    .map(escapeIdentifier)
    .join(', ');
  return `revoke all on database ${database} from public;
revoke all on schema public from public;
grant connect on database ${database} to ${guests};
grant create on database ${database} to ${escapeIdentifier(operator)};
${SERVER_DATABASES_SQL}
${advisoryLocksSql([operator, relay])}`;
}

/**
 * Logins are the server's: with PUBLIC's rights on its own databases a tenant could log in there and fill the disk. Their rows are shared by
 * all cells of a server, so two bootstraps may meet; the one that loses finds the work done.
 */
const SERVER_DATABASES_SQL = `do $$ declare name text; begin
  for name in select datname from pg_catalog.pg_database
    where datname in ('postgres', 'template1') and pg_has_role(current_user, datdba, 'usage')
      and has_database_privilege('public', oid, 'connect, temporary')
  loop execute format('revoke all on database %I from public', name); end loop;
exception when internal_error then null;
end $$;`;

/**
 * Large objects and advisory locks belong to no schema, so every login could fill the disk with the former and hold up the migrator with
 * the latter. Taking them from PUBLIC needs the owner of pg_catalog: done where the administrator is one, left where it is not (RDS),
 * where the migrator's lock timeout and `drop owned` at the purge are what remains.
 */
const HARDENING_SQL = catalogFunctionsSql(
  String.raw`proname like 'lo\_%' or proname in ('loread', 'lowrite') or proname like 'pg\_advisory\_%' or proname like 'pg\_try\_advisory\_%'`,
  'revoke execute on function %s from public',
);

function advisoryLocksSql(roles: readonly string[]): string {
  return catalogFunctionsSql(
    String.raw`proname like 'pg\_advisory\_%' or proname like 'pg\_try\_advisory\_%'`,
    `grant execute on function %s to ${roles.map(escapeIdentifier).join(', ')}`,
  );
}

function catalogFunctionsSql(which: string, statement: string): string {
  return `do $$ declare called regprocedure; begin
  for called in select oid::regprocedure from pg_catalog.pg_proc
    where pronamespace = 'pg_catalog'::regnamespace and (${which}) and pg_has_role(current_user, proowner, 'usage')
  loop execute format(${escapeLiteral(statement)}, called); end loop;
end $$;`;
}
