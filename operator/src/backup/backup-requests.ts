import { tenantNames } from '@tenantry/contracts';
import type { Logger } from 'pino';
import { Controller } from '../control/controller.ts';
import type { Informer } from '../control/informer.ts';
import type { KubeApi } from '../control/kube-api.ts';
import type { ControlMetrics } from '../control/metrics.ts';
import { OptionalInformer } from '../control/optional-informer.ts';
import { WorkQueue } from '../control/work-queue.ts';
import {
  TENANT_BACKUPS,
  TENANT_RESTORES,
  type TenantBackupObject,
  type TenantObject,
  type TenantRestoreObject,
} from '../kubernetes/resources.ts';
import type { Registry } from '../postgres/port.ts';
import type { TenantEvents } from '../tenant/tenant-events.ts';
import { BackgroundRuns } from './background-runs.ts';
import type { BackupRecord, BackupRecords } from './port.ts';
import type { RestoredTenant, RestoreParts } from './restore-tenant.ts';
import { TenantBackupReconciler } from './tenant-backup-reconciler.ts';
import type { TenantBackups } from './tenant-backups.ts';
import { TenantRestoreReconciler } from './tenant-restore-reconciler.ts';

/** What people's requests are carried out with. */
export interface BackupRequestsParts {
  readonly api: KubeApi;
  readonly tenants: Pick<Informer<TenantObject>, 'get'>;
  readonly registry: Pick<Registry, 'registration' | 'tombstone'>;
  readonly records: BackupRecords;
  readonly backups: TenantBackups | undefined;
  readonly restore: Omit<RestoreParts, 'tell'> | undefined;
  readonly cell: string;
  readonly events: TenantEvents;
  /** Look at this tenant again. */
  readonly restored: (slug: string) => void;
  readonly assertLeading: () => void;
  readonly isDefault: boolean;
  readonly relistIntervalMs: number;
  readonly lookForKindsEveryMs: number;
  /** Another process leads. */
  readonly fenced: (error: Error) => void;
  readonly metrics: ControlMetrics;
  readonly log: Logger;
}

/**
 * TenantBackups and TenantRestores, from the view of them to the work. Controllers of their own beside the tenant's: a large tenant takes its time, and holds up no
 * other. One backup and one restore at a time: each holds a connection and some megabytes for as long as it takes.
 */
export class BackupRequests {
  readonly #parts: BackupRequestsParts;
  readonly #backups: Requests<TenantBackupObject, BackupRecord>;
  readonly #restores: Requests<TenantRestoreObject, RestoredTenant>;

  constructor(parts: BackupRequestsParts) {
    this.#parts = parts;
    const { api, relistIntervalMs, lookForKindsEveryMs: lookEveryMs, metrics, log } = parts;
    const view = { api, relistIntervalMs, lookEveryMs, metrics, log };
    this.#backups = new Requests(
      'backup',
      new OptionalInformer({ ...view, resource: TENANT_BACKUPS }),
      parts,
      (requests, runs) => new TenantBackupReconciler({ ...parts, requests, runs }),
    );
    this.#restores = new Requests(
      'restore',
      new OptionalInformer({ ...view, resource: TENANT_RESTORES }),
      parts,
      (requests, runs) => new TenantRestoreReconciler({ ...parts, requests, runs }),
    );
  }

  /** A tenant has come into the view: what was asked for before it waits for nothing else. */
  tenantCame(name: string): void {
    this.#backups.tenantCame(name);
    this.#restores.tenantCame(name);
  }

  /** Keeps the views until `stop`. */
  async watch(stop: AbortSignal): Promise<void> {
    await Promise.all([this.#backups.informer.start(stop), this.#restores.informer.start(stop)]);
  }

  /** Works until `stop`, as the leader. */
  async run(stop: AbortSignal): Promise<void> {
    await Promise.all([this.#backups.run(stop), this.#restores.run(stop), this.#removeLeftBehind(stop)]);
  }

  /** What was being made for a TenantBackup that was deleted before this process began: only the rows tell. */
  async #removeLeftBehind(stop: AbortSignal): Promise<void> {
    const { backups, records, cell, log } = this.#parts;
    const { informer } = this.#backups;
    await untilSynced(informer, stop);
    if (stop.aborted || backups === undefined) return;
    const asked = new Set(informer.list().map(({ metadata }) => metadata.uid));
    for (const attempt of await records.unfinished('OnDemand')) {
      if (asked.has(attempt.cause)) continue;
      const { schema, ownerRole } = tenantNames(attempt.slug, cell);
      // It costs room and nothing else; the next start tries again.
      await backups
        .removeAttempts({ ...attempt, schema, ownerRole })
        .catch((err: unknown) => log.warn({ err, backup: attempt.location }, 'An unfinished backup stays'));
    }
  }
}

/** The requests of one kind. */
class Requests<T extends TenantBackupObject | TenantRestoreObject, Result> {
  readonly informer: OptionalInformer<T>;
  readonly #queue: WorkQueue;
  readonly #runs: BackgroundRuns<Result>;
  readonly #controller: Controller;

  constructor(
    name: string,
    informer: OptionalInformer<T>,
    { metrics, log, fenced }: Pick<BackupRequestsParts, 'metrics' | 'log' | 'fenced'>,
    reconcilerOf: (requests: OptionalInformer<T>, runs: BackgroundRuns<Result>) => Pick<TenantBackupReconciler, 'reconcile'>,
  ) {
    this.informer = informer;
    const queue = new WorkQueue({ name, metrics, baseDelayMs: 1000, maxDelayMs: 60_000 });
    this.#queue = queue;
    this.#runs = new BackgroundRuns({ most: 1, ended: (run) => queue.add(run.split('/')[0] ?? '') });
    const reconciler = reconcilerOf(informer, this.#runs);
    // Status writes of our own come back as changes: a request that failed would be tried again at once, for ever.
    informer.onChange((key, reason) => {
      if (reason !== 'updated') queue.add(key);
    });
    this.#controller = new Controller({
      name,
      queue,
      workers: 1,
      metrics,
      log,
      reconcile: async (key) => {
        try {
          return await reconciler.reconcile(key);
        } catch (error) {
          if (error instanceof Error && error.name === 'FencedError') fenced(error);
          throw error;
        }
      },
    });
  }

  tenantCame(name: string): void {
    for (const { metadata, spec } of this.informer.list()) if (spec.tenantRef.name === name) this.#queue.add(metadata.name);
  }

  async run(stop: AbortSignal): Promise<void> {
    await untilSynced(this.informer, stop);
    await Promise.all([this.#controller.run(stop), this.#runs.run(stop)]);
  }
}

/** Before the first list is in, every request would look deleted. */
async function untilSynced(informer: { readonly synced: Promise<void> }, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  await Promise.race([informer.synced, new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve(), { once: true }))]);
}
