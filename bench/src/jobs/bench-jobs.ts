import { randomUUID } from 'node:crypto';
import { stackPaths } from '@tenantry/stack/paths.ts';
import { announceOperations } from '@tenantry/tenant-service/jobs/announce-operations.ts';
import { jobConsumer, jobQueue } from '@tenantry/tenant-service/jobs/job-queue.ts';
import { JobWorker } from '@tenantry/tenant-service/jobs/job-worker.ts';
import { createOperation, succeedAndLook } from '@tenantry/tenant-service/jobs/operation-repository.ts';
import { operationStore } from '@tenantry/tenant-service/jobs/operation-store.ts';
import { createLog } from '@tenantry/tenant-service/telemetry/log.ts';
import { createMetrics } from '@tenantry/tenant-service/telemetry/metrics.ts';
import type { Tenant } from '@tenantry/tenant-service/tenancy/tenant.ts';
import { uuidv7 } from '@tenantry/tenant-service/uuid-v7.ts';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { perOperation } from '../api/contender.ts';
import type { Bench } from '../bench-contract.ts';
import { CleanUp } from '../clean-up.ts';
import { holdContest, type Turn } from '../measure/rounds.ts';
import type { Bar } from '../measure/statistics.ts';
import { awaitCalm, observe } from '../measure/watcher.ts';
import { rowOf } from '../report/row.ts';
import { startParts } from '../start-parts.ts';
import { type JobsWorld, jobsWorld } from './jobs-world.ts';

/** Issue "Events". */
const BAR: Bar = { kind: 'at-least', ratio: 0.6 };
const JOBS = { full: 10_000, short: 1000 };
/** Jobs under way at once, as in BullMQ's own benchmark. */
const CONCURRENCY = 100;
/** Jobs asked for at once. */
const ASKING = 64;
const LEASE_MS = 60_000;

/**
 * Jobs without work. Ours: a row of the tenant, its ticket in BullMQ, taken by the row, ended in the row with an event; BullMQ's: added and worked. Both are asked
 * for while they are worked, by this process.
 */
export const benchJobs: Bench = async ({ short, rounds, despiteLoad, say, signal }) => {
  await startParts(['postgres', 'redis'], say);
  const cleanUp = new CleanUp(say);
  try {
    const world = await jobsWorld(say);
    cleanUp.add(world.remove, () => removeKeys(world));
    const jobs = short ? JOBS.short : JOBS.full;
    const { pids } = world;
    const pidsFolder = stackPaths().pids;
    const watched = { node: [process.pid], redis: [pids.redis], postgres: [pids.postgres] };
    const turn = async (work: (count: number) => Promise<number>): Promise<Turn> => {
      await empty(world);
      const { result, observed } = await observe({ watched, alsoOurs: [], pidsFolder }, () => work(jobs));
      return { ...observed, value: jobs / result, cpuMs: perOperation(observed.cpuMs, jobs) };
    };
    const ours = (count: number): Promise<number> => worked(world, count, signal);
    const reference = (count: number): Promise<number> => bareQueue(world, count, signal);
    say('warming up');
    for (const work of [ours, reference]) await work(Math.ceil(jobs / 10));
    const done = await holdContest({
      ...{ rounds, despiteLoad, say, signal },
      calm: () => awaitCalm({ watched: {}, alsoOurs: [process.pid, pids.postgres, pids.redis], pidsFolder }),
      ours: () => turn(ours),
      reference: () => turn(reference),
    });
    const bar = short ? { ...BAR, ratio: BAR.ratio / 2 } : BAR;
    const { rows: version } = await world.admin.query<{ version: string }>(`select current_setting('server_version') as version`);
    return {
      rows: [rowOf('jobs with a row ÷ BullMQ’s add and process', 'jobs/s', bar, done)],
      versions: { node: process.versions.node, postgres: version[0]?.version ?? '' },
    };
  } finally {
    await cleanUp.run();
  }
};

/** As reports are asked for and worked, but for the work. Seconds until every row says that it succeeded. */
async function worked(
  { cell, tenants, tenantOf, apiDoor, workerDoor, redis }: JobsWorld,
  count: number,
  signal: AbortSignal,
): Promise<number> {
  const queue = jobQueue(redis, cell, () => {});
  const workers = jobQueue(redis, cell, () => {});
  let ended = 0;
  const all = Promise.withResolvers<void>();
  const worker = new JobWorker({
    operations: operationStore(workerDoor, LEASE_MS),
    tenantOf,
    run: {
      report: async (tenant, operation) => {
        const { isKept, open } = await workerDoor.write(tenant, (tx) => succeedAndLook(tx, operation, 0, {}));
        if (!isKept) throw new Error('a job was worked twice');
        ended += 1;
        if (ended === count) all.resolve();
        return open;
      },
    },
    add: workers.add,
    log: createLog('silent', 'bench'),
    metrics: createMetrics(),
  });
  const consumer = jobConsumer(redis, cell, { concurrency: CONCURRENCY, work: (ticket) => worker.work(ticket), onError: () => {} });
  const started = performance.now();
  try {
    await asked(count, async (number) => {
      signal.throwIfAborted();
      const tenant = tenants[number % tenants.length] as Tenant;
      const traceId = randomUUID().replaceAll('-', '');
      const operation = {
        ...{ id: uuidv7(), kind: 'report' as const, request: { report: 'transaction-volume' }, actor: 'bench', traceId },
        ...{ traceparent: `00-${traceId}-${traceId.slice(16)}-00`, createdAt: new Date().toISOString() },
      };
      const open = await apiDoor.write(tenant, (tx) => createOperation(tx, operation, undefined, { status: 202, headers: {}, body: '' }));
      await announceOperations(queue, tenant, open);
    });
    await all.promise;
    return (performance.now() - started) / 1000;
  } finally {
    await consumer.close();
    await queue.close();
    await workers.close();
  }
}

/** BullMQ as it comes, with the same settings. */
async function bareQueue({ cell, redis: { host, port, password } }: JobsWorld, count: number, signal: AbortSignal): Promise<number> {
  const prefix = `tenantry:${cell}`;
  const connect = (): Redis => new Redis({ host, port, password, maxRetriesPerRequest: null });
  const connections = [connect(), connect()] as const;
  const queue = new Queue('bare', {
    ...{ connection: connections[0], prefix, defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 } },
  });
  let ended = 0;
  const all = Promise.withResolvers<void>();
  const worker = new Worker(
    'bare',
    async () => {
      ended += 1;
      if (ended === count) all.resolve();
    },
    { connection: connections[1], prefix, concurrency: CONCURRENCY },
  );
  const started = performance.now();
  try {
    await asked(count, async (number) => {
      signal.throwIfAborted();
      await queue.add('operation', { tenantId: randomUUID(), operationId: randomUUID(), attempt: 0 }, { jobId: `job.${count}.${number}` });
    });
    await all.promise;
    return (performance.now() - started) / 1000;
  } finally {
    await worker.close();
    await queue.close();
    for (const connection of connections) connection.disconnect();
  }
}

/** Runs `ask` for 0 to `count` − 1, so many at once. */
async function asked(count: number, ask: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) await ask(number);
  };
  await Promise.all(Array.from({ length: ASKING }, one));
}

/** Both begin without rows and tickets of the turn before. */
async function empty({ admin, tenants }: JobsWorld): Promise<void> {
  for (const { schema } of tenants) await admin.query(`truncate ${schema}.operations cascade`);
  await admin.query('truncate tenantry.outbox');
  await admin.query('checkpoint').catch(() => {});
}

/** What the two queues have left in Redis. */
async function removeKeys({ cell, redis: { host, port, password } }: JobsWorld): Promise<void> {
  const connection = new Redis({ host, port, password });
  for await (const keys of connection.scanStream({ match: `tenantry:${cell}:*`, count: 1000 }) as AsyncIterable<string[]>)
    if (keys.length > 0) await connection.unlink(...keys);
  connection.disconnect();
}
