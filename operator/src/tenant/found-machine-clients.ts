import { type TenantNames, tenantOfMachineClient } from '@tenantry/contracts';
import type { IdentityAdministration, MachineClient } from '../keycloak/port.ts';

/** The tenant's machine clients of every credential generation, whoever they belong to. */
export async function foundMachineClients(identity: IdentityAdministration, names: TenantNames): Promise<readonly MachineClient[]> {
  const [first, later] = await Promise.all([identity.machineClient(names.machineClientId), laterMachineClients(identity, names)]);
  return first === undefined ? later : [first, ...later];
}

/** Those of every generation but the first: their ids are the first's, a dot, which no other tenant's name contains, and the number. */
export async function laterMachineClients(
  identity: IdentityAdministration,
  { machineClientId, organizationAlias }: TenantNames,
): Promise<readonly MachineClient[]> {
  const found = await identity.machineClients(`${machineClientId}.`);
  return found.filter(({ clientId }) => tenantOfMachineClient(clientId) === organizationAlias);
}
