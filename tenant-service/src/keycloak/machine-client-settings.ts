import type { MachineCredential } from './port.ts';

/** What a machine's token carries unasked: subject, audience `tenantry-api`, the organization with its groups, and the client's id. */
const DEFAULT_SCOPES: readonly string[] = ['basic', 'tenantry-api', 'organization', 'service_account'];

/**
 * A confidential client with a service account and nothing else: no login pages, no password grant, no roles of the realm. The operator's
 * client of each tenant is set up alike; `tenantry.tenantId` is how the purge of a tenant finds all of them.
 */
export function machineClientSettings({ clientId, tenantId, secret }: MachineCredential): Record<string, unknown> {
  return {
    clientId,
    secret,
    enabled: true,
    publicClient: false,
    serviceAccountsEnabled: true,
    standardFlowEnabled: false,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    fullScopeAllowed: false,
    // Access tokens with header `typ: at+jwt` (RFC 9068), which the api insists on.
    attributes: { 'access.token.header.type.rfc9068': 'true', 'tenantry.tenantId': tenantId },
    defaultClientScopes: DEFAULT_SCOPES,
    optionalClientScopes: [],
  };
}
