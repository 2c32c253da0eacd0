import { STATUS_FIELD_MANAGER, type TenantRestoreStatus } from '@tenantry/contracts';
import type { ReconcileResult } from '../control/controller.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { patchStatus } from '../control/server-side-apply.ts';
import { TENANT_RESTORES, type TenantObject, type TenantRestoreObject } from '../kubernetes/resources.ts';
import { BucketAway, backupPrefix } from '../s3/port.ts';
import { wordsOf } from '../tenant/converge.ts';
import { isNobodysTenant } from '../tenant/is-nobodys-tenant.ts';
import { isAboutThisProcess } from '../tenant/run-steps.ts';
import type { TenantEvents } from '../tenant/tenant-events.ts';
import type { BackgroundRuns } from './background-runs.ts';
import { BackupDamaged } from './backup-manifest.ts';
import { refusedStatus, restoredStatus, restoredWords, waitingStatus } from './request-status.ts';
import { type RestoredTenant, type RestoreParts, RestoreRefused, restoreTenant } from './restore-tenant.ts';

/** The end of a restore is told; this is for one that was not begun because this process was just starting or ending. */
const STILL_RUNNING_MS = 5000;

/** What a reconciler is made of. */
export interface TenantRestoreReconcilerParts {
  readonly api: Pick<KubeApi, 'get' | 'apply'>;
  readonly requests: { readonly get: (name: string) => TenantRestoreObject | undefined };
  /** Those this operator handles. */
  readonly tenants: { readonly get: (name: string) => TenantObject | undefined };
  /** Undefined: the cell has no bucket. */
  readonly restore: Omit<RestoreParts, 'tell'> | undefined;
  readonly runs: Pick<BackgroundRuns<RestoredTenant>, 'ask'>;
  readonly events: TenantEvents;
  /** The tenant's rights belong to a schema that is aside now. */
  readonly restored: (slug: string) => void;
  readonly assertLeading: () => void;
  /** Says of a tenant that no operator handles that there is none. */
  readonly isDefault: boolean;
  readonly now?: () => Date;
}

/**
 * Carries out what people ask for with a TenantRestore: a backup of a tenant takes the place of its data. Once: what was refused is not tried again, because a
 * restore that comes later than it was expected replaces data nobody meant. One that was killed goes on, and finds what it has done.
 */
export class TenantRestoreReconciler {
  readonly #parts: TenantRestoreReconcilerParts;
  readonly #now: () => Date;

  constructor(parts: TenantRestoreReconcilerParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  async reconcile(name: string): Promise<ReconcileResult | undefined> {
    const { requests, tenants, runs, restored, events } = this.#parts;
    const request = requests.get(name);
    if (request === undefined || request.metadata.deletionTimestamp !== undefined || request.status?.finishedAt !== undefined)
      return undefined;
    const slug = request.spec.tenantRef.name;
    const tenant = tenants.get(slug);
    if (tenant === undefined && !(await isNobodysTenant(this.#parts, slug))) return undefined;

    const { uid } = request.metadata;
    const run = runs.ask(`${name}/${uid}`, (signal) => this.#restore(request, signal));
    if (run.state === 'running') {
      const word = { reason: 'Progressing', message: `The backup is loaded beside the data of ${slug}, and compared.` } as const;
      if (request.status?.conditions === undefined) await this.#write(request, waitingStatus(request, word, this.#now()));
      return { requeueAfterMs: STILL_RUNNING_MS };
    }
    if (run.state === 'failed') return this.#failed(request, tenant, run.error);
    restored(slug);
    await this.#write(request, restoredStatus(request, run.value, this.#now()));
    if (tenant !== undefined) events.normal(tenant, 'Restored', 'Restore', restoredWords(slug, run.value.replaced));
    return undefined;
  }

  /** @throws RestoreRefused, BackupDamaged, BucketAway: nothing of the tenant was touched. */
  async #restore({ metadata, spec }: TenantRestoreObject, signal: AbortSignal): Promise<RestoredTenant> {
    const { restore } = this.#parts;
    const { location, tenantRef } = spec;
    if (restore === undefined) throw new RestoreRefused('this cell has no bucket: set s3 in cells.json and restart the operator');
    const registration = await restore.registry.registration(tenantRef.name);
    // Another tenant's data is not one word away: who means that runs the command.
    if (registration !== undefined && !location.startsWith(restore.bucket.url(backupPrefix(registration.tenantId))))
      throw new RestoreRefused(`${location} is no backup of ${tenantRef.name} in this cell’s bucket; take the location of a TenantBackup`);
    return restoreTenant({ ...restore, tell: () => {} }, { location, slug: tenantRef.name, restoreId: metadata.uid ?? '', signal });
  }

  async #failed(request: TenantRestoreObject, tenant: TenantObject | undefined, error: unknown): Promise<undefined> {
    const isRefusal = error instanceof RestoreRefused || error instanceof BackupDamaged || error instanceof BucketAway;
    if (isRefusal) {
      const message = `Nothing was changed: ${wordsOf(error)}.`;
      await this.#write(request, refusedStatus(request, message, this.#now()));
      if (tenant !== undefined) this.#parts.events.warning(tenant, 'RestoreRefused', 'Restore', message);
      return undefined;
    }
    if (!isAboutThisProcess(error)) {
      const word = { reason: 'Progressing', message: `It failed and is tried again. ${wordsOf(error)}` } as const;
      await this.#write(request, waitingStatus(request, word, this.#now()));
    }
    throw error;
  }

  async #write(request: TenantRestoreObject, status: TenantRestoreStatus): Promise<void> {
    this.#parts.assertLeading();
    await patchStatus(this.#parts.api, { resource: TENANT_RESTORES, current: request, status, fieldManager: STATUS_FIELD_MANAGER });
  }
}
