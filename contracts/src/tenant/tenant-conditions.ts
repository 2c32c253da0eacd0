/**
 * Condition types of a Tenant. `Ready` sums up; `Reconciling` and `Stalled` are abnormal-true (kstatus); the rest belong to one step each
 * and are present from the first pass on. Words are append-only.
 */
export const CONDITIONS = [
  'Ready',
  'Reconciling',
  'Stalled',
  'RolesReady',
  'SchemaReady',
  'SchemaMigrated',
  'GrantsReady',
  'TopicsReady',
  'KafkaAccessReady',
  'QueuesReady',
  'CacheReady',
  'FilesReady',
  'IdentityReady',
  'SecretReady',
  'WorkloadReady',
  'Registered',
  'Serving',
  'CredentialsCurrent',
  'EventsRouted',
  'BackedUp',
] as const;

export type ConditionType = (typeof CONDITIONS)[number];

/** What a reason means, and what a person does about it: docs/reference/conditions.md and `kubectl tenantry explain` both read it here. */
export interface ReasonEntry {
  readonly meaning: string;
  /** What to do, as a sentence. Absent where nothing is to be done. */
  readonly remedy?: string;
  /** The one command that helps most; NAME is the tenant's name. */
  readonly command?: string;
}

/** Every reason a condition or an event may carry. Append-only: alerts and scripts match on them. */
export const REASONS = {
  Ready: { meaning: 'everything equals the spec' },
  Done: { meaning: 'this step observed what it wants' },
  Progressing: { meaning: 'the step is under way' },
  Waiting: {
    meaning: 'the step waits for something outside; the message says for what',
    remedy: 'Nothing, if it has just begun. If it stays so, the message names the thing to look at.',
    command: 'kubectl get pods -n tenantry-tenants -l tenantry.dev/tenant=NAME',
  },
  NotReached: { meaning: 'an earlier step is not done yet', remedy: 'Look at the step that the message names.' },
  NotNeeded: { meaning: 'this tenant does not need the step' },
  Paused: {
    meaning: 'spec.paused is true; only drift is reported',
    remedy: 'status.drift lists what differs. Set spec.paused to false to have it put right.',
    command: `kubectl patch tenants.tenantry.dev/NAME --type=merge --patch '{"spec":{"paused":false}}'`,
  },
  Suspended: {
    meaning: 'spec.lifecycle.state is Suspended',
    remedy: 'This is as the spec wants it. Resume the tenant when its reason is gone.',
    command: 'kubectl tenantry resume NAME',
  },
  ClassNotFound: {
    meaning: 'spec.classRef names a TenantClass that does not exist',
    remedy: 'Make the class, or name another one in spec.classRef.name. The tenant heals by itself.',
    command: 'kubectl get tenantclasses.tenantry.dev',
  },
  ClassCeiling: {
    meaning: 'the spec asks for more than its TenantClass allows',
    remedy: 'Ask for less, as the message says, or change to a class that allows it.',
    command: 'kubectl edit tenants.tenantry.dev/NAME',
  },
  NameRetained: {
    meaning: 'retained data of an earlier tenant with this name exists',
    remedy: 'Take the data over with the annotation that the message names, or choose another name.',
    command: 'kubectl annotate tenants.tenantry.dev/NAME tenantry.dev/adopt=TENANT_ID',
  },
  AdoptionMismatch: {
    meaning: 'the adopt annotation names another tenantId than the retained data',
    remedy: 'Put the tenantId of the message into the annotation, or take the annotation away.',
    command: 'kubectl annotate --overwrite tenants.tenantry.dev/NAME tenantry.dev/adopt=TENANT_ID',
  },
  Conflict: {
    meaning: 'something with this name exists and is not ours',
    remedy: 'Rename or remove the thing that the message names, if nobody needs it; or give the tenant another name.',
  },
  NotOffered: {
    meaning: 'the spec asks for something that the tenant’s cell has no server for',
    remedy: 'Take it out of the spec, or give the cell the server in cells.json.',
    command: 'kubectl edit tenants.tenantry.dev/NAME',
  },
  PartitionBudgetExceeded: {
    meaning: 'the tenant’s topics would take more partitions than the cell’s budget has left',
    remedy:
      'Give the tenant a class with shared topics, remove topics that nobody needs, or raise kafka.partitionBudget in cells.json, if the brokers bear it. It is looked at again every 15 seconds.',
    command:
      'kubectl get tenants.tenantry.dev -o custom-columns=NAME:.metadata.name,CLASS:.spec.classRef.name,TOPICS:.status.messaging.topics',
  },
  ObservationFailed: {
    meaning: 'the step could not look; the state is unknown',
    remedy: 'Nothing on the tenant: a server is away or refuses the operator. It is tried again until it answers.',
    command: 'kubectl logs -n tenantry-system deploy/tenantry-operator --tail=50',
  },
  ApplyFailed: {
    meaning: 'a change was refused; the message carries the server’s words',
    remedy: 'Correct what the server complains about. It is tried again, and at once after the next edit.',
    command: 'kubectl logs -n tenantry-system deploy/tenantry-operator --tail=50',
  },
  MigrationFailed: {
    meaning: 'a migration failed and was rolled back',
    remedy: 'The message names migration and statement. Correct the data it stumbles over, then ask for a new pass.',
    command: 'kubectl annotate --overwrite tenants.tenantry.dev/NAME tenantry.dev/reconcile-requested-at=$(date -u +%FT%TZ)',
  },
  SchemaLost: {
    meaning: 'the tenant’s schema was there and is gone, with its rows; no empty one was made in its place',
    remedy:
      'Restore its last backup into it, suspended: the event BackedUp or the table tenantry.backups says where that is. If the data may be lost, delete the Tenant and make it again.',
    command: 'kubectl tenantry restore NAME --from s3://BUCKET/backups/TENANT_ID/BACKUP_ID/',
  },
  Deleting: {
    meaning: 'the Tenant is being deleted',
    remedy: 'Nothing. If it lasts, the message says what it waits for.',
    command: 'kubectl logs -n tenantry-system deploy/tenantry-relay --tail=50',
  },
  Fenced: { meaning: 'another operator instance leads; this one wrote nothing' },
  Provisioned: { meaning: 'event: the tenant became Ready for the first time' },
  DriftRepaired: {
    meaning: 'event: something was changed by hand and has been put back',
    remedy: 'Change the spec instead. If it comes again and again, somebody or something keeps undoing it: see who.',
    command: 'kubectl get tenants.tenantry.dev/NAME -o yaml --show-managed-fields',
  },
  DriftReported: {
    meaning: 'spec.driftPolicy is Report and something was changed by hand; it is left so',
    remedy: 'status.drift lists what differs. Undo it where it was changed, put it into the spec, or let the operator repair it.',
    command: `kubectl patch tenants.tenantry.dev/NAME --type=merge --patch '{"spec":{"driftPolicy":"Repair"}}'`,
  },
  RolledOut: { meaning: 'of a class: every tenant has its newest edit' },
  RollingOut: { meaning: 'of a class: its newest edit reaches one tenant after another' },
  RolloutHeld: {
    meaning: 'of a class: tenants that were Ready are not with its newest edit, so no further one gets it',
    remedy: 'Look at the tenants in status.failed. Correct the class, which those get at once, or raise spec.rollout.maxFailures.',
    command: 'kubectl tenantry status',
  },
  Retained: {
    meaning: 'event: data is kept after deletion',
    remedy: 'To take it back, make the Tenant again and adopt the data as the message says.',
  },
  Purged: { meaning: 'event: nothing of the tenant is left' },
  DeletionProtected: {
    meaning: 'deletion without deletionProtection: false counts as Retain',
    remedy: 'Nothing, if the data is to be kept.',
  },
  RotationPending: {
    meaning: 'a further rotation was asked for and begins when the one under way has ended',
    remedy: 'Nothing. To end the overlap sooner, shorten spec.credentials.overlap.',
    command: `kubectl patch tenants.tenantry.dev/NAME --type=merge --patch '{"spec":{"credentials":{"overlap":"0s"}}}'`,
  },
  RotationRefused: {
    meaning: 'the annotation tenantry.dev/rotate-requested-at is no RFC 3339 time; nothing was rotated',
    remedy: 'Set it to the time of now.',
    command: 'kubectl annotate --overwrite tenants.tenantry.dev/NAME tenantry.dev/rotate-requested-at="$(date -u +%FT%TZ)"',
  },
  CredentialsRotated: { meaning: 'event: new credentials are in the Secret and in use; the previous ones work until the overlap ends' },
  CredentialsRetired: { meaning: 'event: the overlap ended; the previous credentials are refused' },
  Inside: { meaning: 'of a TenantAccess: the person is a member of the tenant until the time is over' },
  TenantNotOpen: {
    meaning: 'of a TenantAccess: the tenant does not exist, or is not open yet, suspended or being deleted, so nobody can enter it',
    remedy: 'Correct spec.tenantRef by asking anew, or wait until the tenant is open: while the time lasts it is looked at again.',
    command: 'kubectl get tenants.tenantry.dev/NAME',
  },
  NoAccount: {
    meaning: 'of a TenantAccess: no account of realm tenantry has the address in spec.email, or it is switched off or its address unproven',
    remedy: 'Have an administrator of Keycloak make the person an account in realm tenantry, with a verified address.',
  },
  AlreadyMember: {
    meaning: 'of a TenantAccess: the person is a member of the tenant already, by somebody else’s doing; nothing was changed',
    remedy: 'Nothing: the person can sign in to the tenant, with the role they have there.',
  },
  AlreadyInside: {
    meaning: 'of a TenantAccess: the person is in the tenant by another TenantAccess; this one begins when that has ended',
    remedy: 'Nothing, or delete the one that is not needed.',
    command: 'kubectl get tenantaccesses.tenantry.dev',
  },
  AccessEnded: { meaning: 'of a TenantAccess: it is over and never begins again; the message says why' },
  StaffEntered: { meaning: 'event: somebody of the platform’s staff was let into the tenant; the note says who, why and until when' },
  StaffLeft: { meaning: 'event: somebody of the platform’s staff is in the tenant no more; the note says who and why' },
  BackedUp: { meaning: 'the backup is in the bucket and was proven by restoring it; as an event it says where' },
  BackupFailed: {
    meaning: 'the backup could not be made, or what it restores is not what was stored; nothing was removed, and it is tried again',
    remedy:
      'The message has the server’s words. Bring the bucket or the database back; or, when the Tenant is being deleted, keep the data instead.',
    command: `kubectl patch tenants.tenantry.dev/NAME --type=merge --patch '{"spec":{"deletionPolicy":"Retain"}}'`,
  },
  BackupStoreMissing: {
    meaning: 'the cell has no bucket to put the backup into; nothing was removed',
    remedy:
      'Give the cell a bucket (s3 in cells.json) and restart the operator; or, when the Tenant is being deleted, keep the data instead.',
    command: `kubectl patch tenants.tenantry.dev/NAME --type=merge --patch '{"spec":{"deletionPolicy":"Retain"}}'`,
  },
  TenantMissing: {
    meaning: 'of a TenantBackup: the tenant does not exist, or is not open yet or being deleted, so there is nothing to back up',
    remedy: 'Delete the TenantBackup and ask for another tenant, or wait: it is looked at again.',
    command: 'kubectl get tenants.tenantry.dev/NAME',
  },
  Restored: { meaning: 'the backup’s data is the tenant’s; as an event it says what became of the data before' },
  RestoreRefused: {
    meaning: 'of a TenantRestore: it was not begun, or it could not end; nothing of the tenant was changed, and it is not tried again',
    remedy: 'Do what the message says (the tenant must be suspended, the backup whole), and make another TenantRestore.',
    command: 'kubectl tenantry suspend NAME --reason "Data is being restored"',
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

export type Reason = keyof typeof REASONS;
