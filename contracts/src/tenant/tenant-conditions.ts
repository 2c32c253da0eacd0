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
  'IdentityReady',
  'SecretReady',
  'WorkloadReady',
  'Registered',
  'Serving',
] as const;

export type ConditionType = (typeof CONDITIONS)[number];

/** Every reason a condition or an event may carry. Append-only: alerts and scripts match on them. */
export const REASONS = {
  Ready: 'everything equals the spec',
  Done: 'this step observed what it wants',
  Progressing: 'the step is under way',
  Waiting: 'the step waits for something outside; the message says for what',
  NotReached: 'an earlier step is not done yet',
  NotNeeded: 'this tenant does not need the step',
  Paused: 'spec.paused is true; only drift is reported',
  Suspended: 'spec.lifecycle.state is Suspended',
  ClassNotFound: 'spec.classRef names a TenantClass that does not exist',
  ClassCeiling: 'the spec asks for more than its TenantClass allows',
  NameRetained: 'retained data of an earlier tenant with this name exists',
  AdoptionMismatch: 'the adopt annotation names another tenantId than the retained data',
  Conflict: 'something with this name exists and is not ours',
  ObservationFailed: 'the step could not look; the state is unknown',
  ApplyFailed: 'a change was refused; the message carries the server’s words',
  MigrationFailed: 'a migration failed and was rolled back',
  Deleting: 'the Tenant is being deleted',
  Fenced: 'another operator instance leads; this one wrote nothing',
  Provisioned: 'event: the tenant became Ready for the first time',
  DriftRepaired: 'event: something was changed by hand and has been put back',
  Retained: 'event: data is kept after deletion',
  Purged: 'event: nothing of the tenant is left',
  DeletionProtected: 'deletion without deletionProtection: false counts as Retain',
} as const;

export type Reason = keyof typeof REASONS;
