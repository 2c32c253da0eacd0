/** Keycloak answered with something other than success. The message carries its words, never a request body. */
export class KeycloakError extends Error {
  override readonly name = 'KeycloakError';
  readonly status: number;

  constructor(method: string, path: string, status: number, answer: string) {
    super(`Keycloak answered ${status} to ${method} ${path}: ${answer.slice(0, 300)}`);
    this.status = status;
  }
}

/** Something with the wanted name exists and belongs to somebody else. */
export class IdentityConflict extends Error {
  override readonly name = 'IdentityConflict';
}

export function isKeycloakStatus(error: unknown, ...statuses: readonly number[]): error is KeycloakError {
  return error instanceof KeycloakError && statuses.includes(error.status);
}
