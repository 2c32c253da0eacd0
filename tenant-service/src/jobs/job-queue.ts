import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { RedisLogin } from '../role-config.ts';

/** What the queue carries: where the record is. The record itself is a row of the tenant (design D9). */
export interface JobTicket {
  readonly tenantId: string;
  readonly operationId: string;
  /**
   * The row's attempt number when the ticket was made. Part of the ticket's identity: the ticket a dead worker still holds must not stand in the
   * way of the next one's.
   */
  readonly attempt: number;
}

/** Puts tickets in; a ticket that waits already is not put in twice. */
export interface JobQueue {
  /** @throws when Redis is away: nothing is lost, the sweeper of the job worker puts in what is missing. */
  readonly add: (ticket: JobTicket) => Promise<void>;
  readonly close: () => Promise<void>;
}

const NAME = 'jobs';
/** An answer that takes longer is no answer. */
const ANSWER_MS = 2000;
/** Keys of one cell's queue: Redis may be shared by cells. */
const prefixOf = (cell: string): string => `tenantry:${cell}`;

/** `onError` hears of every lost connection; calls fail at once meanwhile instead of waiting. */
export function jobQueue(redis: RedisLogin, cell: string, onError: (error: Error) => void): JobQueue {
  const connection = new Redis({ ...optionsOf(redis), connectTimeout: ANSWER_MS, commandTimeout: ANSWER_MS, maxRetriesPerRequest: 1 });
  // Who brings the first ticket may find us still on the way to Redis.
  const triedOnce = new Promise<void>((resolve) => {
    connection.once('ready', resolve);
    connection.once('close', resolve);
  });
  const queue = new Queue<JobTicket>(NAME, {
    connection,
    // Waiting for Redis is not worth a request's while: the sweeper brings what was not put in.
    skipWaitingForReady: true,
    prefix: prefixOf(cell),
    // The row has the history; the queue would only grow. Tries are counted there, too.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  });
  queue.on('error', onError);
  return {
    add: async ({ tenantId, operationId, attempt }) => {
      await triedOnce;
      if (connection.status !== 'ready') throw new Error('Redis is away: the ticket is put in when it is back');
      await queue.add('operation', { tenantId, operationId, attempt }, { jobId: `${tenantId}.${operationId}.${attempt}` });
    },
    close: async () => {
      await queue.close();
      connection.disconnect();
    },
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
  const connection = new Redis({ ...optionsOf(redis), maxRetriesPerRequest: null });
  const worker = new Worker<JobTicket>(NAME, ({ data }) => options.work(data), {
    connection,
    prefix: prefixOf(cell),
    concurrency: options.concurrency,
    lockDuration: 30_000,
    stalledInterval: 15_000,
    // The row counts the tries; a ticket is handed on as often as its worker dies.
    maxStalledCount: 1000,
  });
  worker.on('error', options.onError);
  return {
    close: async () => {
      // Without Redis it would wait for its answer to the farewell.
      await worker.close(connection.status !== 'ready');
      connection.disconnect();
    },
  };
}

function optionsOf({ host, port, password, ca }: RedisLogin) {
  return {
    host,
    port,
    password,
    connectTimeout: 3000,
    retryStrategy: (tries: number) => Math.min(tries * 100, 2000),
    ...(ca === undefined ? {} : { tls: { ca } }),
  };
}
