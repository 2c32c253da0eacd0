import {
  type DatabaseReading,
  isSharedEventsTopic,
  PROJECTOR_GROUPS,
  type QueuesReading,
  type Tenant,
  type TenantNames,
  type TenantStores,
  type TopicsReading,
  tenantKeys,
  tenantNames,
} from '@tenantry/contracts';
import type { KafkaAdministration, PartitionOffsets } from '../kafka/port.ts';
import type { PgSchemaFigures } from '../postgres/pg-schema-figures.ts';
import type { QueueAdministration } from '../rabbitmq/port.ts';
import { wordsOf } from '../tenant/converge.ts';
import { inTime } from './in-time.ts';
import type { Look } from './shared-looks.ts';

/** What is asked of each store; the same for every tenant of a cell. */
export interface Stores {
  readonly cell: string;
  readonly database: Pick<PgSchemaFigures, 'read'>;
  readonly kafka: Pick<KafkaAdministration, 'topicsUnder' | 'groups' | 'offsetsOf' | 'committed'>;
  /** Undefined: the cell has no RabbitMQ. */
  readonly queues: Pick<QueueAdministration, 'counts'> | undefined;
}

/** Whose stores. */
export type StoreOwner = Pick<Tenant, 'metadata' | 'status'>;

/** People wait for it, and come again. */
const LIMIT_MS = 3000;
/** A tenant names its groups as it likes, and has as many as it likes. */
const MOST_GROUPS = 50;
const LONGEST_WHY = 300;

/** Looks at everything a tenant has outside Kubernetes, store by store. Changes nothing, and needs no lease: any replica may do it. */
export function lookAtStores(stores: Stores, { metadata: { name }, status }: StoreOwner, limitMs = LIMIT_MS): Look<TenantStores> {
  const names = tenantNames(name, stores.cell);
  const database = stores.database.read(names, limitMs);
  const topics = readTopics(stores, names, status?.messaging?.eventsTopic);
  const queues = readQueues(stores.queues, status?.tenantId);
  const answer = async (): Promise<TenantStores> => {
    const [databaseReading, topicsReading, queuesReading] = await Promise.all([
      orAway('PostgreSQL', database, limitMs),
      orAway('Kafka', topics, limitMs),
      orAway('RabbitMQ', queues, limitMs),
    ]);
    return { tenant: name, asOf: new Date().toISOString(), database: databaseReading, topics: topicsReading, queues: queuesReading };
  };
  return { answer: answer(), over: Promise.allSettled([database, topics, queues]) };
}

async function orAway<Reading extends DatabaseReading | TopicsReading | QueuesReading>(
  store: string,
  reading: Promise<Reading>,
  limitMs: number,
): Promise<Reading | { state: 'away'; why: string }> {
  try {
    return await inTime(reading, limitMs);
  } catch (error) {
    return { state: 'away', why: `${store}: ${wordsOf(error)}`.slice(0, LONGEST_WHY) };
  }
}

async function readTopics({ kafka, cell }: Stores, { kafkaPrefix }: TenantNames, eventsTopic = ''): Promise<TopicsReading> {
  const [topics, own] = await Promise.all([kafka.topicsUnder(kafkaPrefix), kafka.groups(kafkaPrefix)]);
  const asked = [...own].sort().slice(0, MOST_GROUPS);
  const [offsets, committed] = await Promise.all([
    kafka.offsetsOf(topics),
    kafka.committed([`${PROJECTOR_GROUPS}${cell}`, ...asked], topics),
  ]);
  return {
    state: 'read',
    ...(isSharedEventsTopic(eventsTopic) ? { sharedTopic: eventsTopic } : {}),
    topics: [...topics].sort().map(([name, partitions]) => {
      const kept: PartitionOffsets = offsets.get(name) ?? new Map();
      const groups = [...committed].flatMap(([group, read]) => {
        const at = read.get(name);
        return at === undefined || at.size === 0 ? [] : [{ name: group, lag: lagOf(kept, at) }];
      });
      return { name, partitions, messages: sum([...kept.values()].map(({ first, end }) => end - first)), groups };
    }),
    groupsLeftOut: own.length - asked.length,
  };
}

/** What was deleted before it was read is read no more; a group that is ahead, of a topic that was made anew, has nothing to read. */
function lagOf(kept: PartitionOffsets, at: ReadonlyMap<number, bigint>): number {
  return sum(
    [...kept].map(([partition, { first, end }]) => {
      const next = at.get(partition) ?? first;
      const left = next > first ? end - next : end - first;
      return left > 0n ? left : 0n;
    }),
  );
}

function sum(counts: readonly bigint[]): number {
  return Number(counts.reduce((total, count) => total + count, 0n));
}

async function readQueues(queues: Stores['queues'], tenantId: string | undefined): Promise<QueuesReading> {
  if (queues === undefined || tenantId === undefined) return { state: 'none' };
  const { vhost } = tenantKeys(tenantId);
  const found = await queues.counts(vhost);
  return found === undefined ? { state: 'none' } : { state: 'read', vhost, queues: [...found] };
}
