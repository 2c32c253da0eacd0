import { Queue, Worker } from 'bullmq';
import type { RedisLogin } from '../config.ts';

/** What the queue carries: where the record is. The record itself is a row of the tenant (design D9). */
export interface JobTicket {
  readonly tenantId: string;
  readonly operationId: string;
}

/** Puts tickets in; a ticket that waits already is not put in twice. */
export interface JobQueue {
  /** @throws when Redis is away: nothing is lost, the sweeper of the job worker puts in what is missing. */
  readonly add: (ticket: JobTicket) => Promise<void>;
  readonly close: () => Promise<void>;
}

const NAME = 'jobs';
/** Keys of one cell's queue: Redis may be shared by cells. */
const prefixOf = (cell: string): string => `tenantry:${cell}`;

/** `onError` hears of every lost connection; calls fail at once meanwhile instead of waiting. */
export function jobQueue(redis: RedisLogin, cell: string, onError: (error: Error) => void): JobQueue {
  const queue = new Queue<JobTicket>(NAME, {
    connection: { ...connectionOf(redis), enableOfflineQueue: false, maxRetriesPerRequest: 1 },
    prefix: prefixOf(cell),
    // The row has the history; the queue would only grow. Tries are counted there, too.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  });
  queue.on('error', onError);
  return {
    add: async ({ tenantId, operationId }) => {
      await queue.waitUntilReady();
      await queue.add('operation', { tenantId, operationId }, { jobId: `${tenantId}.${operationId}` });
    },
    close: () => queue.close(),
  };
}

/** Takes tickets out, several at once. */
export interface JobConsumer {
  /** Takes no more, and waits for those under way. */
  readonly close: () => Promise<void>;
}

/** @param work must not throw for what a later try may mend: the row decides about that. */
export function jobConsumer(
  redis: RedisLogin,
  cell: string,
  options: { readonly concurrency: number; readonly work: (ticket: JobTicket) => Promise<void>; readonly onError: (error: Error) => void },
): JobConsumer {
  const worker = new Worker<JobTicket>(NAME, ({ data }) => options.work(data), {
    connection: { ...connectionOf(redis), maxRetriesPerRequest: null },
    prefix: prefixOf(cell),
    concurrency: options.concurrency,
    lockDuration: 30_000,
    stalledInterval: 15_000,
    // The row counts the tries; a ticket is handed on as often as its worker dies.
    maxStalledCount: 1000,
  });
  worker.on('error', options.onError);
  return { close: () => worker.close() };
}

function connectionOf({ host, port, password, ca }: RedisLogin) {
  return {
    host,
    port,
    password,
    connectTimeout: 3000,
    retryStrategy: (tries: number) => Math.min(tries * 100, 2000),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}
