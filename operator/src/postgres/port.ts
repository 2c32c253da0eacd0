import type { EffectiveQuotas, StaffLeft, StaffRole, TenantNames } from '@tenantry/contracts';
import type { Grant, GrantPlan } from '@tenantry/tenant-schema';
import type { Credential } from '../tenant/credentials.ts';
import type { CredentialRecord } from '../tenant/plans/rotation-plan.ts';

export type RegistryState = 'Provisioning' | 'Active' | 'ReadOnly' | 'Suspended' | 'Closed';

/** A tenant's row in `tenantry.tenants`: what the data plane knows of it (design D5). */
export interface Registration extends CredentialRecord {
  readonly tenantId: string;
  readonly slug: string;
  /** `metadata.uid` of the Tenant this row belongs to. */
  readonly uid: string;
  readonly state: RegistryState;
  readonly class: string;
  readonly mode: 'Pooled' | 'Dedicated';
  readonly organizationId: string | undefined;
  readonly schemaName: string;
  readonly appRole: string;
  readonly eventsTopic: string;
  readonly schemaVersion: number;
  readonly statementTimeoutMs: number;
  readonly quotas: EffectiveQuotas;
  readonly url: string | undefined;
  readonly closedReason: string | undefined;
}

/** What is left of a deleted tenant, and until when. */
export interface Tombstone {
  readonly tenantId: string;
  readonly slug: string;
  /** The retired schema's name. */
  readonly schemaName: string;
  readonly policy: 'Retain' | 'Snapshot' | 'Delete';
  readonly confirmedBy: string | undefined;
  /** Where the last backup lies; `none` without one. */
  readonly backup: string;
  readonly topics: readonly string[];
  readonly organizationId: string | undefined;
  readonly client: string | undefined;
  readonly requestedAt: Date;
  /** Absent: kept until a person decides. */
  readonly purgeAfter: Date | undefined;
}

/** How far a tenant has come on its way to another topic. */
export interface TopicMove {
  /** The relay publishes nothing on the old topic any more. */
  readonly isLeft: boolean;
  /** Where each partition of the old topic ends behind the tenant's last event; undefined until that was seen. */
  readonly ends: ReadonlyMap<number, bigint> | undefined;
}

/** The cell's registry and its tombstones. Every write is one fenced transaction. */
export interface Registry {
  readonly registration: (slug: string) => Promise<Registration | undefined>;
  /** The tombstone of this name that has not been purged. */
  readonly tombstone: (slug: string) => Promise<Tombstone | undefined>;
  /** Does nothing when the slug is registered already: look again and compare. */
  readonly register: (registration: Registration) => Promise<void>;
  readonly update: (tenantId: string, change: Partial<Registration>) => Promise<void>;
  /** Gives these tenants of the class its quotas in one statement; rows that have them are not touched. Returns how many had others. */
  readonly giveQuotas: (className: string, quotas: EffectiveQuotas, slugs: readonly string[]) => Promise<number>;
  /** Every row, by slug. */
  readonly registrations: () => Promise<ReadonlyMap<string, Registration>>;
  /**
   * Has the relay keep what the tenant does until its events are on another topic, or for a minute from now: then it goes on with the old one, and who asks
   * again begins anew.
   */
  readonly holdForMove: (tenantId: string) => Promise<TopicMove>;
  /** Remembers where the old topic ends. @returns false when the relay has gone on with it meanwhile */
  readonly noteOldEnds: (tenantId: string, ends: ReadonlyMap<number, bigint>) => Promise<boolean>;
  /** Names the new topic and lets the relay go on, there. @returns false when it has gone on with the old one meanwhile */
  readonly moveEvents: (tenantId: string, topic: string) => Promise<boolean>;
  /** Rows the relay has not yet published and has to, before the tenant may go. */
  readonly outboxBacklog: (appRole: string) => Promise<number>;
}

/** Somebody of the staff who was let into a tenant: a row of `tenantry.staff_access`. */
export interface StaffAccess {
  /** `metadata.uid` of the TenantAccess. */
  readonly id: string;
  readonly name: string;
  readonly tenantId: string;
  readonly slug: string;
  readonly organizationId: string;
  readonly subject: string;
  readonly email: string;
  readonly role: StaffRole;
  readonly reason: string;
  readonly requestedBy: string;
  readonly until: Date;
  /** Since when the identity provider has the membership; absent until that is known. */
  readonly enteredAt: Date | undefined;
  readonly endedAt: Date | undefined;
  readonly because: StaffLeft | undefined;
}

/** Who of the staff is in which tenant. Every write is one fenced transaction and may be repeated. */
export interface StaffAccessRecords {
  readonly access: (id: string) => Promise<StaffAccess | undefined>;
  /** Those that have not ended, of one name or all. */
  readonly inside: (name?: string) => Promise<readonly StaffAccess[]>;
  /** Writes it down and tells the tenant. @returns false when the person is in it already, or the tenant is not open: look again */
  readonly admit: (access: Omit<StaffAccess, 'enteredAt' | 'endedAt' | 'because'>) => Promise<boolean>;
  readonly entered: (id: string, at: Date) => Promise<void>;
  /** From now on the tenant's API refuses the person's tokens, also those they are still given. */
  readonly refuseTokens: (access: StaffAccess) => Promise<void>;
  /** Writes down that they are out, and tells the tenant when it still listens. Tokens of later memberships are good again. */
  readonly dismissed: (access: StaffAccess, because: StaffLeft, at: Date) => Promise<void>;
}

/** A role as it should be; `owned` is the comment that says whose it is. */
export interface RoleSpec {
  readonly name: string;
  readonly tenantId: string;
  /** The operator may become it (to own and migrate the schema). */
  readonly assumable: boolean;
  readonly login: { readonly credential: Credential; readonly settings: RoleSettings } | undefined;
}

/** Settings a session begins with; a list is a list of names, as `search_path` wants it. */
export type RoleSettings = Readonly<Record<string, string | readonly string[]>>;

/** A role to make, or to put back with the attributes it has too much. */
export interface RoleChange {
  readonly spec: RoleSpec;
  /** Absent: the role does not exist yet. */
  readonly excess: readonly string[] | undefined;
}

/** A login that is to work no more. */
export interface LoginRetirement {
  readonly retire: string;
  /** Whether one can still get in with it; otherwise it was closed before, and the rest is to be done. */
  readonly isOpen: boolean;
}

export interface RoleState {
  readonly name: string;
  readonly comment: string | undefined;
  readonly canLogin: boolean;
  /** Attributes no tenant role has: superuser, createdb, createrole, inherit, replication, bypassrls. */
  readonly excess: readonly string[];
  readonly settings: readonly string[];
  readonly assumable: boolean;
}

/** A tenant's roles, schema, migrations and grants. Every write is one fenced transaction (a migration is one each). */
export interface TenantDatabase {
  readonly roles: (names: readonly string[]) => Promise<ReadonlyMap<string, RoleState>>;
  readonly putRoles: (changes: readonly RoleChange[]) => Promise<void>;
  readonly dropRoles: (names: readonly string[]) => Promise<void>;
  /** Closes a login for good: nobody gets in any more, who is in is put out, then the role goes. */
  readonly retireLogin: (login: LoginRetirement) => Promise<void>;
  /** Owner of a schema, or undefined when there is no such schema. */
  readonly schemaOwner: (schema: string) => Promise<string | undefined>;
  readonly createSchema: (schema: string, owner: string) => Promise<void>;
  readonly version: (schema: string) => Promise<number>;
  /** Version this build migrates to. */
  readonly latestVersion: number;
  readonly migrate: (schema: string, ownerRole: string) => Promise<void>;
  readonly grants: (names: TenantNames) => Promise<readonly Grant[]>;
  /** Owner, version and rights of many schemas at once; a schema that is not there is left out. */
  readonly schemas: (tenants: readonly TenantNames[]) => Promise<ReadonlyMap<string, SchemaState>>;
  readonly applyGrants: (names: TenantNames, plan: GrantPlan) => Promise<void>;
}

/** What one bulk look shows of a schema. */
export interface SchemaState {
  readonly owner: string;
  readonly version: number;
  readonly grants: readonly Grant[];
}

/** Deletion's and undeletion's side of the cell. */
export interface Retirement {
  /** Renames the schema and writes the tombstone, both or neither. */
  readonly retire: (tombstone: Tombstone, from: { readonly schema: string; readonly ownerRole: string }) => Promise<void>;
  /** Renames the schema back, binds the registry row to the new Tenant and takes the tombstone away. False, and nothing done, once a purge began. */
  readonly adopt: (
    tombstone: Tombstone,
    to: { readonly schema: string; readonly ownerRole: string; readonly uid: string },
  ) => Promise<boolean>;
  /** Tombstones whose time has come. */
  readonly due: (now: Date) => Promise<readonly Tombstone[]>;
  /** When the next one is due, if any. */
  readonly nextDue: () => Promise<Date | undefined>;
  /**
   * Runs a purge while no other operator of the cell purges the same tenant. False when one does; true, without running, when it is purged
   * already: its name may belong to a new tenant by now.
   */
  readonly purgeAlone: (tenantId: string, purge: () => Promise<void>) => Promise<boolean>;
  /** Whether something may be removed already. */
  readonly purgeHasBegun: (tenantId: string) => Promise<boolean>;
  /** From here on the data cannot be adopted. False when it has been by now, or was purged. */
  readonly beginPurge: (tenantId: string) => Promise<boolean>;
  /** Drops tables in batches, each with its line in the receipt, then the schema. */
  readonly dropSchema: (tombstone: Pick<Tombstone, 'tenantId' | 'schemaName'>, ownerRole: string) => Promise<void>;
  /** Marks the tombstone purged, completes its receipt and frees the name. */
  readonly finish: (tenantId: string, receipt: Readonly<Record<string, unknown>>) => Promise<void>;
}
