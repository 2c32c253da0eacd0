import { z } from 'zod';

/** What a tenant is called where its data is keyed by tenantId (design D6): a new tenant of an old name never meets old keys. */
export interface TenantKeys {
  /** RabbitMQ vhost of the tenant's queues. */
  readonly vhost: string;
  /** RabbitMQ user of a credential generation: two alternate, because RabbitMQ keeps one password a user and ends its connections with it. */
  readonly queueUserOf: (generation: number) => string;
  /** Every RabbitMQ user the tenant may have. */
  readonly queueUsers: readonly string[];
  /** Redis user. It may have several passwords at once, so a rotation needs no second one. */
  readonly redisUser: string;
  /** Prefix of every key and channel of the tenant in Redis. Ends with a colon, which no UUID contains. */
  readonly redisPrefix: string;
  /** IAM role of the tenant's replicas. */
  readonly fileRole: string;
}

/** @throws ZodError when the tenantId is no UUID. */
export function tenantKeys(tenantId: string): TenantKeys {
  const id = z.uuid().parse(tenantId);
  const queueUsers = [`t.${id}`, `t.${id}.2`] as const;
  return {
    vhost: `t.${id}`,
    queueUserOf: (generation) => (generation % 2 === 1 ? queueUsers[0] : queueUsers[1]),
    queueUsers,
    redisUser: `t:${id}`,
    redisPrefix: `t:${id}:`,
    fileRole: `tenantry-t-${id}`,
  };
}

/** The queue beside each of `spec.messaging.queues` that takes what could not be delivered. No queue name has a dot, so the two never meet. */
export function deadLettersOf(queue: string): string {
  return `${queue}.dead`;
}
