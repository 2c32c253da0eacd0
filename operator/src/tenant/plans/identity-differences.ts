import type { DriftItem } from '@tenantry/contracts';
import { driftItem, SECRET } from './drift-item.ts';
import type { FoundIdentity, IdentityChange, WantedIdentity } from './identity-plan.ts';

/** What a change in Keycloak puts right. */
export function identityDifferences(
  change: IdentityChange,
  wanted: WantedIdentity,
  found: FoundIdentity | undefined,
): readonly DriftItem[] {
  const organization = `keycloak/organization/${wanted.organization.alias}`;
  const client = 'clientId' in change ? `keycloak/client/${change.clientId}` : '';
  switch (change.kind) {
    case 'create-organization':
      return [driftItem(organization, 'exists', 'yes', 'no')];
    case 'update-organization':
      return (['enabled', 'description', 'tenantId'] as const).flatMap((field) => {
        const [want, have] = [String(wanted.organization[field]), String(found?.organization?.[field] ?? 'unset')];
        return want === have ? [] : [driftItem(organization, field, want, have)];
      });
    case 'create-group':
      return [driftItem(organization, `group /${change.name}`, 'exists', 'missing')];
    case 'create-client':
      return [driftItem(client, 'exists', 'yes', 'no')];
    case 'update-client':
      return change.what.map((field) => {
        if (field === 'secret') return driftItem(client, field, SECRET, SECRET);
        if (field === 'enabled') return driftItem(client, field, String(wanted.organization.enabled), String(!wanted.organization.enabled));
        return driftItem(client, field, 'as Tenantry makes it', 'changed');
      });
    case 'add-member':
      return [driftItem(organization, `member ${change.clientId}`, 'yes', 'no')];
    case 'join-machine-group':
      return [driftItem(organization, `member ${change.clientId} in group /machine`, 'yes', 'no')];
    case 'delete-client':
      return [driftItem(client, 'exists', 'no', 'yes')];
  }
}
