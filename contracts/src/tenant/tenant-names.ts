import { z } from 'zod';

/** A tenant's name as people type it: 3 to 40 characters, no dot (a dot ends the name inside topic names and ACL prefixes). */
export const TenantSlug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,38}[a-z0-9]$/, 'must be 3 to 40 characters of a-z, 0-9 and "-", begin with a letter and not end with "-"');

/** A cell's name. Short, because it is part of every role name and PostgreSQL cuts names at 63 bytes. */
export const CellName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,11}$/, 'must be 1 to 12 characters of a-z, 0-9 and "-" and begin with a letter');

/** Every name a tenant has outside Kubernetes and inside it. */
export interface TenantNames {
  /** PostgreSQL schema of the tenant's rows. */
  readonly schema: string;
  /** Owns the schema and its tables; nobody logs in as it. */
  readonly ownerRole: string;
  /** Reads and writes rows; the role of every request. */
  readonly appRole: string;
  readonly readOnlyRole: string;
  /** Login of dedicated replicas for a credential generation; two alternate, so that a rotation overlaps. */
  readonly login: (generation: number) => string;
  /** Kafka principal without the `User:` prefix. */
  readonly kafkaUser: string;
  readonly eventsTopic: string;
  readonly topic: (name: string) => string;
  /** Prefix of the tenant's topics and consumer groups. Ends with a dot, which no slug contains: `acme.` never matches `acme2.…`. */
  readonly kafkaPrefix: string;
  readonly organizationAlias: string;
  readonly machineClientId: string;
  readonly credentialsSecret: string;
  /** Deployment, Service and ServiceAccount of a dedicated tenant. */
  readonly workload: string;
}

/**
 * The one builder of a tenant's names. One-to-one over slugs, cells and suffixes, every PostgreSQL name ≤63 bytes:
 * a slug has no `_`, so `-`→`_` cannot make two equal, and `@`, `$` and `.` occur in no slug or cell.
 * @throws ZodError when the slug or the cell is not a valid name.
 */
export function tenantNames(slug: string, cell: string): TenantNames {
  const name = TenantSlug.parse(slug);
  const place = CellName.parse(cell);
  const schema = `t_${name.replaceAll('-', '_')}`;
  const appRole = `${schema}_app@${place}`;
  return {
    schema,
    ownerRole: `${schema}_owner@${place}`,
    appRole,
    readOnlyRole: `${schema}_ro@${place}`,
    login: (generation) => `${appRole}$${generation % 2 === 1 ? 1 : 2}`,
    kafkaUser: `tenant.${name}`,
    eventsTopic: `${name}.events`,
    topic: (topic) => `${name}.${topic}`,
    kafkaPrefix: `${name}.`,
    organizationAlias: name,
    machineClientId: `tenant-${name}`,
    credentialsSecret: `${name}-credentials`,
    workload: `${name}-api`,
  };
}

/** Schema name of a deleted tenant's kept data. */
export function retiredSchema(tenantId: string): string {
  return `retired_${z.uuid().parse(tenantId).replaceAll('-', '_')}`;
}

/** The logins every cell has, whoever its tenants are (design D6). */
export interface CellLogins {
  readonly operator: string;
  readonly api: string;
  readonly registry: string;
  readonly relay: string;
  /** Of job workers: the rows of a tenant at a time, as api has them, but with its own limits and password. */
  readonly jobs: string;
}

/** Role names are server-wide, so they carry the cell. @throws ZodError for an invalid cell name. */
export function cellLogins(cell: string): CellLogins {
  const place = CellName.parse(cell);
  return {
    operator: `tenantry_operator@${place}`,
    api: `tenantry_api@${place}`,
    registry: `tenantry_registry@${place}`,
    relay: `tenantry_relay@${place}`,
    jobs: `tenantry_jobs@${place}`,
  };
}

/** NOLOGIN roles that hold what all tenants of a cell may do in schema `tenantry`: one entry in a catalog row instead of one per tenant. */
export interface CellGroups {
  /** App roles: their own registry row. */
  readonly tenant: string;
  /** App roles that may change rows: events into the outbox. */
  readonly writer: string;
  /** Logins of dedicated tenants: CONNECT, nothing else. */
  readonly login: string;
}

/** @throws ZodError for an invalid cell name. */
export function cellGroups(cell: string): CellGroups {
  const place = CellName.parse(cell);
  return {
    tenant: `tenantry_tenant@${place}`,
    writer: `tenantry_writer@${place}`,
    login: `tenantry_login@${place}`,
  };
}
