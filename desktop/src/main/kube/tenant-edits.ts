import { isDeepStrictEqual } from 'node:util';
import { ANNOTATIONS } from '@tenantry/contracts';
import { objectChanges } from '@tenantry/operator/control/object-changes.ts';
import type { ChangePreview, TenantEditRequest } from '../../platform/platform-view-questions.ts';
import { editedManifest } from './edited-manifest.ts';
import { DESKTOP_FIELD_MANAGER, fieldOwners } from './field-owners.ts';
import { type ChangeApi, changeOfTenant } from './tenant-changes.ts';
import { TENANTS, type TenantObject } from './tenant-kinds.ts';
import { manifestOf } from './tenant-reading.ts';

/**
 * What an edit of the whole object would do, or does, in the person's name. What they did not change stays whoever's it is.
 * @returns anything but `allowed` means that nothing was done. @throws KubeError as a change does.
 */
export async function editTenant(api: ChangeApi, request: TenantEditRequest, dryRun: boolean): Promise<ChangePreview> {
  return await changeOfTenant(api, request, async (tenant) => {
    // As JSON: what came over the bridge has no undefined in it.
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(manifestOf(tenant))), request.seen))
      return { verdict: 'refused', why: `Somebody changed ${request.name} since you began. Begin again with what it is now.` };
    const { wish, takenAway } = editedManifest(tenant, request.seen as Fields, request.manifest as Fields);
    const kept = fieldOwners(tenant).filter(({ path }) => takenAway.includes(path));
    if (kept.length > 0)
      return {
        verdict: 'refused',
        why: `Only who keeps a field can take it away: ${kept.map(({ path, manager }) => `${path} (${manager})`).join(', ')}. Write it back as it was, or set it to something else.`,
      };
    const { object } = await api.apply(TENANTS, withReason(wish as TenantObject, request.reason), {
      fieldManager: DESKTOP_FIELD_MANAGER,
      force: request.takeOver,
      dryRun,
    });
    return { verdict: 'allowed', changes: objectChanges(tenant, object) };
  });
}

type Fields = Readonly<Record<string, unknown>>;

function withReason(wish: TenantObject, reason: string): TenantObject {
  if (reason === '') return wish;
  const annotations = { ...wish.metadata.annotations, [ANNOTATIONS.changeReason]: reason };
  return { ...wish, metadata: { ...wish.metadata, annotations } };
}
