/** Keycloak answered with something other than success. The message carries its words, never a request body. */
export class KeycloakError extends Error {
  override readonly name = 'KeycloakError';
  readonly status: number;

  constructor(method: string, path: string, status: number, answer: string) {
    super(`Keycloak answered ${status} to ${method} ${path}: ${answer.slice(0, 300)}`);
    this.status = status;
  }
}

/** The identity provider cannot be reached, does not answer in time, or is kept busy enough by us: nothing is wrong with the request. */
export class IdentityProviderAway extends Error {
  override readonly name = 'IdentityProviderAway';
}

/** The identity provider takes no account with this address, whoever asks. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

export function isKeycloakStatus(error: unknown, ...statuses: readonly number[]): error is KeycloakError {
  return error instanceof KeycloakError && statuses.includes(error.status);
}
