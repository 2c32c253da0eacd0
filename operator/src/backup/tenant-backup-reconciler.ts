import { STATUS_FIELD_MANAGER, type TenantBackupStatus, tenantNames } from '@tenantry/contracts';
import type { ReconcileResult } from '../control/controller.ts';
import type { KubeApi } from '../control/kube-api.ts';
import { patchStatus } from '../control/server-side-apply.ts';
import { TENANT_BACKUPS, type TenantBackupObject, type TenantObject } from '../kubernetes/resources.ts';
import type { Registration, Registry } from '../postgres/port.ts';
import { wordsOf } from '../tenant/converge.ts';
import { isNobodysTenant } from '../tenant/is-nobodys-tenant.ts';
import { isAboutThisProcess } from '../tenant/run-steps.ts';
import type { TenantEvents } from '../tenant/tenant-events.ts';
import type { BackgroundRuns } from './background-runs.ts';
import type { BackupRecord } from './port.ts';
import { backedUpStatus, type RequestWord, waitingStatus } from './request-status.ts';
import type { BackupSubject, TenantBackups } from './tenant-backups.ts';

/** How soon it is looked again whether there is something to back up. */
const LOOK_AGAIN_MS = 10_000;
/** The end of a backup is told; this is for one that was not begun because this process was just starting or ending. */
const STILL_RUNNING_MS = 5000;

/** What a reconciler is made of. */
export interface TenantBackupReconcilerParts {
  readonly api: Pick<KubeApi, 'get' | 'apply'>;
  readonly requests: { readonly get: (name: string) => TenantBackupObject | undefined };
  /** Those this operator handles. */
  readonly tenants: { readonly get: (name: string) => TenantObject | undefined };
  readonly cell: string;
  readonly registry: Pick<Registry, 'registration'>;
  /** Undefined: the cell has no bucket. */
  readonly backups: Pick<TenantBackups, 'make'> | undefined;
  /** By {@link runOf}. */
  readonly runs: Pick<BackgroundRuns<BackupRecord>, 'ask'>;
  readonly events: TenantEvents;
  readonly assertLeading: () => void;
  /** Says of a tenant that no operator handles that there is none. */
  readonly isDefault: boolean;
  readonly now?: () => Date;
}

/** Makes the backups that people ask for with a TenantBackup, each once: its cause is the uid of the object. */
export class TenantBackupReconciler {
  readonly #parts: TenantBackupReconcilerParts;
  readonly #now: () => Date;

  constructor(parts: TenantBackupReconcilerParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => new Date());
  }

  async reconcile(name: string): Promise<ReconcileResult | undefined> {
    const { requests, tenants, registry, cell } = this.#parts;
    const request = requests.get(name);
    if (request === undefined || request.metadata.deletionTimestamp !== undefined || request.status?.finishedAt !== undefined)
      return undefined;
    const slug = request.spec.tenantRef.name;
    const tenant = tenants.get(slug);
    if (tenant === undefined && !(await isNobodysTenant(this.#parts, slug))) return undefined;
    const registration = tenant === undefined ? undefined : await registry.registration(slug);
    if (tenant === undefined || registration === undefined || !isBackedUp(tenant, registration)) {
      await this.#wait(request, { reason: 'TenantMissing', message: `There is no open tenant ${slug} to back up; it is looked at again.` });
      return { requeueAfterMs: LOOK_AGAIN_MS };
    }
    if (this.#parts.backups === undefined) {
      const message = `Cell ${cell} has no bucket: set s3 in cells.json and restart the operator.`;
      await this.#wait(request, { reason: 'BackupStoreMissing', message });
      return undefined;
    }
    return this.#made(request, tenant, subjectOf(request, registration, cell), this.#parts.backups);
  }

  async #made(
    request: TenantBackupObject,
    tenant: TenantObject,
    subject: BackupSubject,
    backups: Pick<TenantBackups, 'make'>,
  ): Promise<ReconcileResult | undefined> {
    const run = this.#parts.runs.ask(runOf(request), (signal) => backups.make(subject, signal));
    if (run.state === 'running') {
      // What a try before this one failed with stands until this one has ended.
      if (reasonOf(request) !== 'BackupFailed')
        await this.#wait(request, { reason: 'Progressing', message: 'It is being made and proven by restoring it.' });
      return { requeueAfterMs: STILL_RUNNING_MS };
    }
    if (run.state === 'failed') {
      if (!isAboutThisProcess(run.error))
        await this.#wait(request, { reason: 'BackupFailed', message: `It failed and is tried again. ${wordsOf(run.error)}` });
      throw run.error;
    }
    const { location, rows, bytes } = run.value;
    await this.#write(request, backedUpStatus(request, run.value, this.#now()));
    const note = `Backup ${request.metadata.name}, proven by restoring it: ${location} (${rows} rows, ${bytes} bytes).`;
    this.#parts.events.normal(tenant, 'BackedUp', 'Backup', note);
    return undefined;
  }

  async #wait(request: TenantBackupObject, word: RequestWord): Promise<void> {
    await this.#write(request, waitingStatus(request, word, this.#now()));
  }

  async #write(request: TenantBackupObject, status: TenantBackupStatus): Promise<void> {
    this.#parts.assertLeading();
    await patchStatus(this.#parts.api, { resource: TENANT_BACKUPS, current: request, status, fieldManager: STATUS_FIELD_MANAGER });
  }
}

/** Key of the work for one request: another object of the same name is another request. */
export function runOf({ metadata }: TenantBackupObject): string {
  return `${metadata.name}/${metadata.uid}`;
}

function reasonOf({ status }: TenantBackupObject): string | undefined {
  return status?.conditions?.find(({ type }) => type === 'Ready')?.reason;
}

/** A tenant that is being deleted has its data taken away under a backup, and a last one made where that is wished. */
function isBackedUp({ metadata }: TenantObject, { state }: Registration): boolean {
  return metadata.deletionTimestamp === undefined && state !== 'Provisioning' && state !== 'Closed';
}

function subjectOf({ metadata }: TenantBackupObject, { tenantId, slug }: Registration, cell: string): BackupSubject {
  const { schema, ownerRole } = tenantNames(slug, cell);
  return { tenantId, slug, schema, ownerRole, purpose: 'OnDemand', cause: metadata.uid ?? '' };
}
