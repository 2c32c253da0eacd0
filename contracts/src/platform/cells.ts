import { z } from 'zod';
import { CellName } from '../tenant/tenant-names.ts';

const Address = z.object({ host: z.string().min(1), port: z.number().int().min(1).max(65535) });

/** One cell: the servers a set of tenants lives on (design §2). Passwords are never here; they are files of a mounted Secret. */
export const Cell = z.strictObject({
  name: CellName,
  postgres: Address.extend({ database: z.string().min(1).max(63) }).strict(),
  kafka: z.strictObject({
    brokers: z.array(z.string().regex(/^[^\s:]+:\d+$/, 'must be host:port')).min(1),
    /** Copies of each partition; the number of brokers bounds it. */
    replicationFactor: z.number().int().min(1).max(5),
  }),
  /** Limits, caches and job queues. Without it limits and caches are each replica's own, and there are no imports and exports. */
  redis: Address.extend({ tls: z.boolean() }).strict().optional(),
  /** The cell's bucket. Clients follow presigned links to `endpoint`, so it is an address they reach. */
  s3: z
    .strictObject({
      endpoint: z.url(),
      region: z.string().min(1),
      bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name'),
      /** True for servers that have no host name per bucket. */
      forcePathStyle: z.boolean(),
    })
    .optional(),
});

/** `cells.json` of the ConfigMap `tenantry-cells`, which operator and service read. */
export const CellsFile = z.strictObject({
  cells: z.array(Cell).min(1),
  identity: z.strictObject({
    /** Issuer of tenants' tokens: the Keycloak realm `tenantry`. Its admin API is under the same origin. */
    issuer: z.url(),
  }),
  /** Where the pooled api answers, as clients see it. */
  pooledUrl: z.url(),
});

export type Cell = z.infer<typeof Cell>;
export type CellsFile = z.infer<typeof CellsFile>;
