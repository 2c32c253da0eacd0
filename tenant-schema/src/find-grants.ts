import type { TenantNames } from '@tenantry/contracts';
import type { ClientBase } from 'pg';
import type { Grant } from './tenant-grants.ts';

/**
 * Every right that somebody other than the owner has on these tenants' schemas, what is in them, and their roles, by schema: one query for
 * one tenant or for all of a cell. A tenant without rights has an empty list. The operator's ADMIN over the roles it made is left out.
 */
export async function findGrants(client: ClientBase, tenants: readonly TenantNames[]): Promise<Map<string, Grant[]>> {
  const roles = tenants.flatMap((names) =>
    [names.ownerRole, names.appRole, names.readOnlyRole, names.login(1), names.login(2)].map((role) => [names.schema, role] as const),
  );
  const result = await client.query<Grant & { schema: string }>({
    // Planning takes longer than finding one tenant's; what suits one tenant would not suit all.
    ...(tenants.length === 1 ? { name: 'tenantry-grants-of-one' } : {}),
    text: FIND_GRANTS,
    values: [tenants.map(({ schema }) => schema), roles.map(([schema]) => schema), roles.map(([, role]) => role)],
  });
  const found = new Map<string, Grant[]>(tenants.map(({ schema }) => [schema, []]));
  for (const { schema, ...grant } of result.rows) found.get(schema)?.push(grant);
  return found;
}

/**
 * acldefault stands in for a null ACL: that is how PostgreSQL says "owner, and what PUBLIC gets by default". What is in a schema is found by what
 * depends on it: neither pg_class nor pg_proc has an index that begins with the schema, and both grow with every tenant.
 */
const FIND_GRANTS = `
with schemas as (
  select oid, nspname, nspowner, nspacl from pg_catalog.pg_namespace where nspname = any ($1::name[])
), contents as (
  select nspname, classid, objid
  from schemas join pg_catalog.pg_depend on refclassid = 'pg_catalog.pg_namespace'::regclass and refobjid = schemas.oid
  where classid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
), tenant_roles as (
  select named.schema, role.oid, role.rolname
  from unnest($2::name[], $3::name[]) as named (schema, name) join pg_catalog.pg_roles as role on role.rolname = named.name
), rights as (
  select nspname, 'schema' as kind, nspname::text as object, nspowner as owner, coalesce(nspacl, acldefault('n', nspowner)) as acl
  from schemas
  union all
  select nspname, case relkind when 'S' then 'sequence' else 'table' end, relname::text, relowner,
    coalesce(relacl, acldefault(case relkind when 'S' then 's' else 'r' end::"char", relowner))
  from contents join pg_catalog.pg_class on pg_class.oid = objid
  where classid = 'pg_catalog.pg_class'::regclass and relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select nspname, 'column', relname || '.' || attname, relowner, attacl
  from contents join pg_catalog.pg_class on pg_class.oid = objid join pg_catalog.pg_attribute on attrelid = pg_class.oid
  where classid = 'pg_catalog.pg_class'::regclass and attacl is not null and not attisdropped
  union all
  select nspname, 'function', proname || '(' || pg_get_function_identity_arguments(pg_proc.oid) || ')', proowner,
    coalesce(proacl, acldefault('f', proowner))
  from contents join pg_catalog.pg_proc on pg_proc.oid = objid
  where classid = 'pg_catalog.pg_proc'::regclass
), members as (
  select schema, granted.rolname as object, member.rolname as grantee, edge.*
  from tenant_roles as granted
  join pg_catalog.pg_auth_members as edge on edge.roleid = granted.oid
  join pg_catalog.pg_roles as member on member.oid = edge.member
  union all
  select schema, granted.rolname, member.rolname, edge.*
  from tenant_roles as member
  join pg_catalog.pg_auth_members as edge on edge.member = member.oid
  join pg_catalog.pg_roles as granted on granted.oid = edge.roleid
)
select nspname::text as schema, kind, object,
  privilege_type || case when is_grantable then ' WITH GRANT OPTION' else '' end as privilege,
  case grantee when 0 then 'PUBLIC' else pg_get_userbyid(grantee)::text end as grantee
from rights, aclexplode(acl) where grantee <> owner
union
select schema::text, 'member', object::text, held.option, grantee::text
from members, lateral (values ('SET', set_option), ('INHERIT', inherit_option), ('ADMIN', admin_option)) as held (option, given)
where given and not (grantee = current_user and held.option = 'ADMIN')
order by 1, 2, 3, 5, 4`;
