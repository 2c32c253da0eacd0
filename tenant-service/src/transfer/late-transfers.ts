import { lateJobQueue } from '../jobs/late-job-queue.ts';
import { lateObjectStore } from '../objects/late-object-store.ts';
import type { ApiConfig } from '../role-config.ts';
import type { Log } from '../telemetry/log.ts';
import type { TransferParts } from './transfer-parts.ts';

/**
 * The bucket and the queue of an api, opened with the first file and the first ticket. What could be wrong with their settings config.ts has
 * refused by then; the servers themselves may come and go anyway.
 */
export function lateTransfers({ s3, redis, cell, tenantId }: ApiConfig, log: Log): Pick<TransferParts, 'objects' | 'queue'> {
  return {
    objects: s3 && lateObjectStore(async () => (await import('../objects/s3-object-store.ts')).s3ObjectStore(s3)),
    // The queue is the cell's: a dedicated tenant's login does not reach it.
    queue:
      redis && tenantId === undefined
        ? lateJobQueue(async () => {
            const { jobQueue } = await import('../jobs/job-queue.ts');
            return jobQueue(redis, cell.name, (error) => log.debug({ err: error }, 'the job queue is away'));
          })
        : undefined,
  };
}
