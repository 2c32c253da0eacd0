import { Problem } from '../problem.ts';
import { IdentityProviderAway, isKeycloakStatus } from './keycloak-errors.ts';

/** What a caller may know of an error of the identity provider; undefined when it is none of these. */
export function identityProblem(error: unknown): Problem | undefined {
  // 401 and 403: our own credential is refused; 404: the organization is gone. Both wait for somebody else and are no fault of the request.
  if (!(error instanceof IdentityProviderAway) && !isKeycloakStatus(error, 401, 403, 404)) return undefined;
  return new Problem('unavailable', 'Members cannot be managed at the moment: the identity provider is away. Everything else goes on.', {
    cause: error,
    headers: { 'retry-after': '5' },
  });
}
