import { z } from 'zod';
import { SYSTEM_NAMESPACE } from '../tenant/tenant-labels.ts';

/**
 * What a tenant has in the stores of its cell at this moment: `GET /tenants/{name}/stores` on the operator's health port. Sizes and counts, nothing of what
 * is in them. Each store answers for itself, so that one that is away hides nothing of the others.
 */

/** A store that did not answer, in time or at all. */
const Away = z.object({ state: z.literal('away'), why: z.string() });
/** The tenant has nothing there. */
const None = z.object({ state: z.literal('none') });

const Count = z.int().min(0);

/** Who may come in as the tenant, and how many connections are open under that name. */
const DatabaseLogin = z.object({
  name: z.string(),
  /** Of this tenant alone; otherwise the connections are those of all tenants it serves. */
  isOwn: z.boolean(),
  connections: Count,
  /** Null: no limit but the server's. */
  limit: Count.nullable(),
});

export const DatabaseReading = z.discriminatedUnion('state', [
  Away,
  None,
  z.object({
    state: z.literal('read'),
    schema: z.string(),
    /** On disk, dead rows and the TOAST of each table included. */
    tableBytes: Count,
    indexBytes: Count,
    tables: Count,
    /** Number of the last migration the schema has, and of the last one the operator knows. */
    version: Count,
    latestVersion: Count,
    logins: z.array(DatabaseLogin),
    /** Of the whole server. */
    server: z.object({ connections: Count, limit: Count }),
  }),
]);

const Topic = z.object({
  name: z.string(),
  partitions: Count,
  /** From the first that is kept to the last. Of a compacted topic not all of them are there any more. */
  messages: Count,
  /** Those that have read of it. */
  groups: z.array(
    z.object({
      name: z.string(),
      /** Messages it has yet to read; of a partition it never read all that are kept. */
      lag: Count,
    }),
  ),
});

export const TopicsReading = z.discriminatedUnion('state', [
  Away,
  z.object({
    state: z.literal('read'),
    /** The topic that several tenants share, when this one does: its numbers are nobody's alone. */
    sharedTopic: z.string().optional(),
    topics: z.array(Topic),
    /** Consumer groups of the tenant that were not asked for, because it has so many. */
    groupsLeftOut: Count,
  }),
]);

const Queue = z.object({
  name: z.string(),
  type: z.string(),
  /** Null: RabbitMQ has not counted yet. */
  ready: Count.nullable(),
  unacknowledged: Count.nullable(),
  consumers: Count.nullable(),
});

export const QueuesReading = z.discriminatedUnion('state', [
  Away,
  None,
  z.object({ state: z.literal('read'), vhost: z.string(), queues: z.array(Queue) }),
]);

export const TenantStores = z.object({
  tenant: z.string(),
  /** RFC 3339. */
  asOf: z.string(),
  database: DatabaseReading,
  topics: TopicsReading,
  queues: QueuesReading,
});

export type DatabaseReading = z.infer<typeof DatabaseReading>;
export type TopicsReading = z.infer<typeof TopicsReading>;
export type QueuesReading = z.infer<typeof QueuesReading>;
export type TenantStores = z.infer<typeof TenantStores>;

/** Where the operator answers it. */
export function tenantStoresPath(tenant: string): string {
  return `/tenants/${tenant}/stores`;
}

/** The Service in front of it. */
export const OPERATOR_SERVICE = { namespace: SYSTEM_NAMESPACE, service: 'tenantry-operator' } as const;
