/** The identity side of a tenant as Keycloak holds it. */
export interface Organization {
  readonly id: string;
  readonly alias: string;
  readonly description: string;
  readonly enabled: boolean;
  /** The attribute that says whose it is; absent on one that is not ours. */
  readonly tenantId: string | undefined;
}

/** How a tenant's machine client is set up; what is compared is exactly what is written. */
export interface MachineClientSpec {
  readonly clientId: string;
  readonly tenantId: string;
  readonly secret: string;
  readonly enabled: boolean;
}

export interface MachineClient {
  /** Keycloak's own id, not the `client_id`. */
  readonly id: string;
  readonly clientId: string;
  readonly tenantId: string | undefined;
  readonly secret: string | undefined;
  readonly enabled: boolean;
  /** Settings that differ from what Tenantry makes, in Keycloak's words; empty when all is well. */
  readonly deviations: readonly string[];
}

/** An account of a person. */
export interface Account {
  readonly id: string;
  readonly enabled: boolean;
  readonly emailVerified: boolean;
}

/** What the tenant steps need of Keycloak's realm `tenantry`. Every write is one outside effect and may be repeated. */
export interface IdentityAdministration {
  /** By id when it is known (the alias may have been given to another since), else by the attribute `tenantId`. */
  readonly organization: (find: { readonly tenantId: string; readonly id: string | undefined }) => Promise<Organization | undefined>;
  readonly organizations: () => Promise<readonly Organization[]>;
  /** @throws IdentityConflict when the alias or the name is taken by an organization that is not ours. */
  readonly createOrganization: (organization: Omit<Organization, 'id'>) => Promise<string>;
  readonly updateOrganization: (organization: Organization) => Promise<void>;
  readonly deleteOrganization: (id: string) => Promise<void>;

  /** Top-level groups of an organization: name → id; none when there is no such organization. */
  readonly groups: (organizationId: string) => Promise<ReadonlyMap<string, string>>;
  /** Its id; also when it exists already. */
  readonly createGroup: (organizationId: string, name: string) => Promise<string>;

  readonly machineClient: (clientId: string) => Promise<MachineClient | undefined>;
  /** Clients of the operator's whose id begins so; without a prefix all of them. */
  readonly machineClients: (prefix?: string) => Promise<readonly MachineClient[]>;
  /** Clients the tenant's admins have made by the api. */
  readonly clientsMadeFor: (tenantId: string) => Promise<readonly MachineClient[]>;
  /** Keycloak's id of the new client. */
  readonly createMachineClient: (client: MachineClientSpec) => Promise<string>;
  /** Puts secret, enabled and every setting back. */
  readonly updateMachineClient: (id: string, client: MachineClientSpec) => Promise<void>;
  readonly deleteMachineClient: (id: string) => Promise<void>;

  readonly serviceAccountOf: (clientUuid: string) => Promise<string>;
  readonly isMember: (organizationId: string, userId: string) => Promise<boolean>;
  readonly addMember: (organizationId: string, userId: string) => Promise<void>;
  readonly groupMembers: (organizationId: string, groupId: string) => Promise<readonly string[]>;
  readonly joinGroup: (organizationId: string, groupId: string, userId: string) => Promise<void>;
  /** Out of its groups and out of the organization; a membership that an identity provider brought stays, because Keycloak deletes the account with it. */
  readonly removeMember: (organizationId: string, userId: string) => Promise<void>;

  /** The account with this address. */
  readonly account: (email: string) => Promise<Account | undefined>;
}
