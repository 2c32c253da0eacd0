import { fieldConflicts } from '@tenantry/operator/control/field-conflicts.ts';
import type { KubeApi } from '@tenantry/operator/control/kube-api.ts';
import { isKubeError, KubeError } from '@tenantry/operator/control/kube-error.ts';
import { objectChanges } from '@tenantry/operator/control/object-changes.ts';
import type { ChangePreview, FieldOwner, TenantChangeRequest } from '../../platform/platform-view-questions.ts';
import { DESKTOP_FIELD_MANAGER } from './field-owners.ts';
import { serverWords } from './server-words.ts';
import { TENANTS, type TenantObject } from './tenant-kinds.ts';
import { isRequest, tenantWish } from './tenant-wish.ts';

/** So often somebody else may be faster; then the person is told. */
const TRIES = 3;

/** As much of the API server as changes need. */
export type ChangeApi = Pick<KubeApi, 'get' | 'apply' | 'delete'>;

/** What the change would do, as the API server says it; nothing is stored. @throws KubeError `NotFound`, or when the server cannot be asked. */
export async function previewChange(api: ChangeApi, request: TenantChangeRequest, now: Date): Promise<ChangePreview> {
  return await carryOut(api, request, now, true);
}

/** Does it. @returns `allowed` with what is different now; anything else means that nothing was done. @throws KubeError as the preview does. */
export async function performChange(api: ChangeApi, request: TenantChangeRequest, now: Date): Promise<ChangePreview> {
  return await carryOut(api, request, now, false);
}

/** A new tenant, or what it would be. A name that is taken is refused: an apply would change the tenant that has it. */
export async function createTenant(api: ChangeApi, manifest: TenantObject, dryRun: boolean): Promise<ChangePreview> {
  return await asPreview(async () => {
    const { name } = manifest.metadata;
    if ((await api.get(TENANTS, { name })) !== undefined) return { verdict: 'refused', why: `There is a tenant ${name} already.` };
    const { object, created } = await api.apply(TENANTS, manifest, { fieldManager: DESKTOP_FIELD_MANAGER, dryRun, force: false });
    if (!created) return { verdict: 'refused', why: `Somebody made a tenant ${name} at the same moment: look at what it is now.` };
    return { verdict: 'allowed', changes: objectChanges(undefined, object) };
  });
}

async function carryOut(api: ChangeApi, request: TenantChangeRequest, now: Date, dryRun: boolean): Promise<ChangePreview> {
  return await changeOfTenant(api, request, (tenant) => once(api, tenant, request, now, dryRun));
}

/** Acts on the tenant the person looked at, as it is at this moment; again when somebody was faster. @throws KubeError */
export async function changeOfTenant(
  api: Pick<ChangeApi, 'get'>,
  { name, uid }: Pick<TenantChangeRequest, 'name' | 'uid'>,
  act: (tenant: TenantObject) => Promise<ChangePreview>,
): Promise<ChangePreview> {
  for (let tries = 1; ; tries += 1) {
    const tenant = await api.get(TENANTS, { name });
    if (tenant === undefined) throw new KubeError('NotFound', `there is no tenant ${name} any more`);
    if (tenant.metadata.uid !== uid)
      return { verdict: 'refused', why: `${name} was deleted and made again meanwhile: this is another tenant. Look at it first.` };
    try {
      return await asPreview(() => act(tenant));
    } catch (error) {
      // Not a field of somebody else's, but an edit since we looked.
      if (!isKubeError(error, 'Conflict') || tries === TRIES) throw error;
    }
  }
}

async function once(
  api: ChangeApi,
  tenant: TenantObject,
  request: TenantChangeRequest,
  now: Date,
  dryRun: boolean,
): Promise<ChangePreview> {
  const { object } = await api.apply(TENANTS, tenantWish(tenant, request, now) as TenantObject, {
    fieldManager: DESKTOP_FIELD_MANAGER,
    force: request.takeOver || isRequest(request.change),
    dryRun,
  });
  const changes = objectChanges(tenant, object);
  if (request.change.kind !== 'delete') return { verdict: 'allowed', changes };
  const { name, uid } = tenant.metadata;
  // Of a tenant whose data would be destroyed the guard wants the annotation stored first, which a dry run does not do.
  const isGuarded = tenant.spec.deletionPolicy === 'Delete' && !tenant.spec.deletionProtection;
  if (!dryRun || !isGuarded) await api.delete(TENANTS, { name }, { ...(uid && { uid }), dryRun });
  return { verdict: 'allowed', changes: [...changes, { path: 'metadata.deletionTimestamp', before: undefined, after: now.toISOString() }] };
}

/** Refusals are answers: the person reads them and changes their mind. Being unable to ask is none. */
async function asPreview(act: () => Promise<ChangePreview>): Promise<ChangePreview> {
  try {
    return await act();
  } catch (error) {
    if (isKubeError(error, 'Conflict')) {
      const owners = fieldConflicts(error).map(({ field, message }): FieldOwner => ({ path: field, manager: managerIn(message) }));
      if (owners.length > 0) return { verdict: 'owned', owners };
    }
    if (isKubeError(error, 'Invalid', 'BadRequest', 'Forbidden')) return { verdict: 'refused', why: serverWords(error) };
    throw error;
  }
}

/** `conflict with "kubectl" using tenantry.dev/v1alpha1` → `kubectl`. */
function managerIn(message: string): string {
  return /conflict with "([^"]+)"/.exec(message)?.[1] ?? message;
}
