import { LABELS, retiredSchema, TENANTS_NAMESPACE, tenantNames, tenantOfMachineClient } from '@tenantry/contracts';
import { findOrganization } from '@tenantry/stack/keycloak/people.ts';
import type pg from 'pg';
import { asOperator } from './cell-eye.ts';
import { type KafkaFootprint, kafkaFootprint } from './kafka-eye.ts';
import { kubectlGet } from './kubectl.ts';
import { localPlatform } from './local-platform.ts';

/**
 * Everything there is of one tenant, anywhere. Two footprints are compared with toEqual: that is how "exists and equals the spec",
 * "nothing is doubled", "touched nothing" and "nothing is left" are decided, by looking and not by trusting the status.
 */
export interface Footprint {
  readonly postgres: {
    /** `name owner`. */
    readonly schemas: readonly string[];
    /** `name attributes`, e.g. `t_x_app@main$1 login`. */
    readonly roles: readonly string[];
    /** `role > member [inherit] [set] [admin]`. */
    readonly memberships: readonly string[];
    /** `object: acl`. */
    readonly grants: readonly string[];
    /** `schema version name`. */
    readonly migrations: readonly string[];
    readonly registry: readonly Readonly<Record<string, unknown>>[];
    readonly tombstones: readonly Readonly<Record<string, unknown>>[];
  };
  readonly kafka: KafkaFootprint;
  readonly keycloak: {
    /** `alias enabled groups…`. */
    readonly organizations: readonly string[];
    /** `clientId enabled`. */
    readonly clients: readonly string[];
    /** Machine members of the organization. */
    readonly machines: readonly string[];
  };
  /** `Kind name`. Pods are left out: their names are random. */
  readonly kubernetes: readonly string[];
}

/** Kinds of objects a tenant may have in its namespace, as kubectl takes them. */
export const TENANT_CHILDREN =
  'secrets,serviceaccounts,services,deployments,horizontalpodautoscalers,poddisruptionbudgets,networkpolicies,ingresses';

/** A tenant of which nothing is left. */
export const NOTHING: Footprint = {
  postgres: { schemas: [], roles: [], memberships: [], grants: [], migrations: [], registry: [], tombstones: [] },
  kafka: { topics: [], acls: [] },
  keycloak: { organizations: [], clients: [], machines: [] },
  kubernetes: [],
};

/** Looks everywhere at once. `tenantId` finds what has been retired under it. */
export async function footprintOf(slug: string, tenantId?: string): Promise<Footprint> {
  const [postgres, kafka, keycloak, kubernetes] = await Promise.all([
    postgresFootprint(slug, tenantId),
    kafkaFootprint(slug),
    keycloakFootprint(slug),
    kubernetesFootprint(slug),
  ]);
  return { postgres, kafka, keycloak, kubernetes };
}

/** The same footprint with this tenant's own names and ids taken out, so that two tenants of one spec can be compared. */
export function anonymous(footprint: Footprint, slug: string, tenantId: string): unknown {
  const text = JSON.stringify(footprint)
    .replaceAll(tenantNames(slug, localPlatform().cell).apiLogin, '<apiLogin>')
    .replaceAll(tenantId, '<tenantId>')
    .replaceAll(tenantId.replaceAll('-', '_'), '<tenantId>')
    .replaceAll(slug, '<slug>')
    .replaceAll(slug.replaceAll('-', '_'), '<slug>');
  return JSON.parse(text);
}

function postgresFootprint(slug: string, tenantId: string | undefined): Promise<Footprint['postgres']> {
  const names = tenantNames(slug, localPlatform().cell);
  const schemas = [names.schema, ...(tenantId === undefined ? [] : [retiredSchema(tenantId)])];
  const roles = [names.ownerRole, names.appRole, names.readOnlyRole, names.login(1), names.login(2)];
  return asOperator(async (client) => ({
    schemas: await lines(client, 'select nspname, pg_get_userbyid(nspowner) from pg_catalog.pg_namespace where nspname = any($1)', [
      schemas,
    ]),
    roles: await lines(
      client,
      `select rolname, case when rolcanlogin then 'login' end, case when rolsuper or rolbypassrls or rolcreaterole or rolcreatedb then 'POWERFUL' end
         from pg_catalog.pg_roles where rolname = any($1)`,
      [roles],
    ),
    memberships: await lines(
      client,
      `select g.rolname, '>', m.rolname, case when a.inherit_option then 'inherit' end, case when a.set_option then 'set' end,
              case when a.admin_option then 'admin' end
         from pg_catalog.pg_auth_members a join pg_catalog.pg_roles g on g.oid = a.roleid join pg_catalog.pg_roles m on m.oid = a.member
        where g.rolname = any($1) or m.rolname = any($1)`,
      [roles],
    ),
    grants: await lines(
      client,
      `select nspname || ':', array_to_string(array(select unnest(nspacl)::text order by 1), ' ') from pg_catalog.pg_namespace where nspname = any($1)
        union all
       select n.nspname || '.' || c.relname || ':', array_to_string(array(select unnest(c.relacl)::text order by 1), ' ')
         from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = any($1) and c.relkind in ('r', 'p', 'v')`,
      [schemas],
    ),
    migrations: await lines(client, 'select schema_name, version::text, name from tenantry.schema_versions where schema_name = any($1)', [
      schemas,
    ]),
    registry: await objects(
      client,
      `select tenant_id, slug, state, class, mode, schema_name, app_role, events_topic, schema_version, organization_id is not null as has_organization
         from tenantry.tenants where slug = $1`,
      [slug],
    ),
    tombstones: await objects(
      client,
      'select tenant_id, slug, schema_name, policy, backup, purged_at is not null as purged from tenantry.tombstones where slug = $1 and purged_at is null',
      [slug],
    ),
  }));
}

async function lines(client: pg.Client, text: string, values: unknown[]): Promise<readonly string[]> {
  const { rows } = await client.query<unknown[]>({ text, values, rowMode: 'array' });
  return rows.map((row) => row.filter((cell) => cell !== null && cell !== '').join(' ')).sort();
}

async function objects(client: pg.Client, text: string, values: unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await client.query<Record<string, unknown>>(text, values)).rows;
}

async function keycloakFootprint(slug: string): Promise<Footprint['keycloak']> {
  const names = tenantNames(slug, localPlatform().cell);
  const keycloak = localPlatform().keycloak.operator;
  const named = await keycloak.get<readonly { clientId: string; enabled: boolean }[]>(
    `/tenantry/clients?clientId=${names.machineClientId}&search=true&max=1000`,
  );
  const clients = (named ?? []).filter(({ clientId }) => tenantOfMachineClient(clientId) === slug);
  const organization = await findOrganization(keycloak, names.organizationAlias);
  const found = clients.map(({ clientId, enabled }) => `${clientId} ${enabled ? 'enabled' : 'disabled'}`);
  if (organization === undefined) return { organizations: [], clients: found, machines: [] };
  const path = `/tenantry/organizations/${organization.id}`;
  const [details, groups, members] = await Promise.all([
    keycloak.get<{ enabled: boolean }>(path),
    keycloak.get<readonly { name: string }[]>(`${path}/groups?max=100`),
    keycloak.get<readonly { username: string }[]>(`${path}/members?max=100`),
  ]);
  const groupNames = (groups ?? []).map(({ name }) => name).sort();
  return {
    organizations: [`${organization.alias} ${details?.enabled ? 'enabled' : 'disabled'} ${groupNames}`],
    clients: found,
    machines: (members ?? [])
      .map(({ username }) => username)
      .filter((username) => username.startsWith('service-account-'))
      .sort(),
  };
}

async function kubernetesFootprint(slug: string): Promise<Footprint['kubernetes']> {
  const { items } = await kubectlGet<{ items: readonly { kind: string; metadata: { name: string } }[] }>(
    TENANT_CHILDREN,
    '--namespace',
    TENANTS_NAMESPACE,
    '--selector',
    `${LABELS.tenant}=${slug}`,
  );
  return items.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
}
