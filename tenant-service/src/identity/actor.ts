import type { Role } from '@tenantry/contracts';

/** Who calls, as the token says. */
export interface Actor {
  /** `sub` of the token. */
  readonly subject: string;
  /** Keycloak's id of the one organization the token is for. The alias is never used: it can be given away again. */
  readonly organizationId: string;
  readonly roles: ReadonlySet<Role>;
  readonly name: string | undefined;
  readonly email: string | undefined;
  /** Of a machine: the client the token was issued to. */
  readonly clientId: string | undefined;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
}
