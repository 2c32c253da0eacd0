import { MEMBERS_CLIENT } from '@tenantry/contracts';
import { KeycloakDirectory } from './keycloak-directory.ts';
import { IdentityProviderAway } from './keycloak-errors.ts';
import { KeycloakRest, type OnCall } from './keycloak-rest.ts';
import type { IdentityDirectory } from './port.ts';

/** The identity provider, or, for a replica that holds no secret for it, one that is always away. */
export function openDirectory(issuer: string, clientSecret: string | undefined, onCall?: OnCall): IdentityDirectory {
  if (clientSecret !== undefined) {
    const login = { issuer, clientId: MEMBERS_CLIENT, clientSecret };
    return new KeycloakDirectory(new KeycloakRest(login, onCall ? { onCall } : {}));
  }
  const away = (): Promise<never> => Promise.reject(new IdentityProviderAway('this replica holds no secret for the identity provider'));
  return {
    members: away,
    account: away,
    place: away,
    displace: away,
    invite: away,
    reach: away,
    makeCredential: away,
    endCredential: away,
  };
}
