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
  /** Login of the tenant's shard, for api workers with many connections. */
  readonly apiLogin: string;
  /** Login of dedicated replicas for a credential generation; two alternate, so that a rotation overlaps. */
  readonly login: (generation: number) => string;
  /** Kafka principal without the `User:` prefix, of the first credential generation. */
  readonly kafkaUser: string;
  /**
   * The principal of a credential generation. No other generation ever has it: Kafka asks a connection for its password once and for rights
   * with every request, so a connection that was left open would work again when its name did. @see tenantOfKafkaUser
   */
  readonly kafkaUserOf: (generation: number) => string;
  readonly eventsTopic: string;
  readonly topic: (name: string) => string;
  /** Prefix of the tenant's topics and consumer groups. Ends with a dot, which no slug contains: `acme.` never matches `acme2.…`. */
  readonly kafkaPrefix: string;
  readonly organizationAlias: string;
  /** Keycloak's client of the first credential generation. */
  readonly machineClientId: string;
  /** The client of a credential generation, and of no other. @see tenantOfMachineClient */
  readonly machineClientOf: (generation: number) => string;
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
  const kafkaUser = `${KAFKA_USER}${name}`;
  const machineClientId = `${MACHINE_CLIENT}${name}`;
  return {
    schema,
    ownerRole: `${schema}_owner@${place}`,
    appRole,
    readOnlyRole: `${schema}_ro@${place}`,
    apiLogin: apiShardLogin(cell, apiShardOf(name)),
    login: (generation) => `${appRole}$${generation % 2 === 1 ? 1 : 2}`,
    kafkaUser,
    kafkaUserOf: (generation) => ofGeneration(kafkaUser, generation),
    eventsTopic: ownEventsTopic(name),
    topic: (topic) => `${name}.${topic}`,
    kafkaPrefix: `${name}.`,
    organizationAlias: name,
    machineClientId,
    machineClientOf: (generation) => ofGeneration(machineClientId, generation),
    credentialsSecret: `${name}-credentials`,
    workload: `${name}-api`,
  };
}

/** The topic with a tenant's events in a class without shared topics. */
export function ownEventsTopic(slug: string): string {
  return `${slug}.events`;
}

/**
 * The topic with the events of all tenants of a cell whose class has shared topics. No slug begins with `_`, so it is under no tenant's prefix and no
 * tenant's topic collides with it. @throws ZodError for an invalid cell name.
 */
export function sharedEventsTopic(cell: string): string {
  return `${SHARED}${CellName.parse(cell)}.events`;
}

/** Whether events of several tenants are on it: then the tenantId is the key of a record, not the aggregate's id. */
export function isSharedEventsTopic(topic: string): boolean {
  return topic.startsWith(SHARED);
}

const SHARED = '_shared.';
const KAFKA_USER = 'tenant.';
const MACHINE_CLIENT = 'tenant-';

/** A dot, which no slug contains, and not `$`: Keycloak refuses that in user names, and a service account has one. */
function ofGeneration(name: string, generation: number): string {
  return generation === 1 ? name : `${name}.${generation}`;
}

/** Whose Kafka user this is, of whatever credential generation; undefined when it is no tenant's. */
export function tenantOfKafkaUser(user: string): string | undefined {
  return slugOf(user, KAFKA_USER);
}

/** Whose client of the operator's this is, of whatever credential generation; undefined when it is no tenant's. */
export function tenantOfMachineClient(clientId: string): string | undefined {
  return slugOf(clientId, MACHINE_CLIENT);
}

function slugOf(name: string, prefix: string): string | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [slug = '', generation = '2', ...more] = name.slice(prefix.length).split('.');
  const isOurs = more.length === 0 && slug !== '' && generation !== '1' && /^[1-9][0-9]*$/.test(generation);
  return isOurs ? slug : undefined;
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
  /** Of the projector: appends what happened to a tenant's event log, while the tenant is suspended, too. */
  readonly projector: string;
  /** Of webhook senders: reads what is due and writes what came of it. */
  readonly sender: string;
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
    projector: `tenantry_projector@${place}`,
    sender: `tenantry_sender@${place}`,
  };
}

/** Logins a cell's tenants are spread over (ADR 0024). Never another number: it decides who may become whom. */
export const API_SHARDS = 10;

/** Which of them is the tenant's: FNV-1a, the same for ever and everywhere. */
export function apiShardOf(slug: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let at = 0; at < slug.length; at += 1) hash = Math.imul(hash ^ slug.charCodeAt(at), 0x01_00_01_93);
  return (hash >>> 0) % API_SHARDS;
}

/** Login of an api worker that may become the tenants of one shard; its password is that of {@link CellLogins.api}. @throws ZodError */
export function apiShardLogin(cell: string, shard: number): string {
  return `tenantry_api_${shard}@${CellName.parse(cell)}`;
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
