import type { JobQueue } from '../jobs/job-queue.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import type { ExportSource } from './export-source.ts';
import type { ImportTarget } from './import-target.ts';

/** What imports and exports are made from. Without a bucket or a queue there are none, and everything else goes on. */
export interface TransferParts {
  readonly objects: ObjectStore | undefined;
  readonly queue: JobQueue | undefined;
  readonly importTargets: readonly ImportTarget[];
  readonly exportSources: readonly ExportSource[];
}
