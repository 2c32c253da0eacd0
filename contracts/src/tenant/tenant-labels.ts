/** The API group of every kind, label and annotation of Tenantry. */
export const GROUP = 'tenantry.dev';
export const VERSION = 'v1alpha1';

/** Held on a Tenant until everything outside Kubernetes is closed or recorded in a tombstone. */
export const FINALIZER = `${GROUP}/tenant-cleanup`;

export const FIELD_MANAGER = 'tenantry-operator';
export const STATUS_FIELD_MANAGER = 'tenantry-operator-status';

export const SYSTEM_NAMESPACE = 'tenantry-system';
export const TENANTS_NAMESPACE = 'tenantry-tenants';

export const LABELS = {
  tenantId: `${GROUP}/tenant-id`,
  tenant: `${GROUP}/tenant`,
  /** On a Tenant: name of the operator (its OPERATOR_NAME) that handles it instead of the unnamed one. */
  operator: `${GROUP}/operator`,
} as const;

export const ANNOTATIONS = {
  /** On a Tenant: any new value (by custom the time, RFC 3339) asks for a pass that looks at everything. */
  reconcileRequestedAt: `${GROUP}/reconcile-requested-at`,
  /** On a Tenant: take over the retained data of this tenantId. */
  adopt: `${GROUP}/adopt`,
  /** On a Tenant: must equal its name before policy `Delete` destroys data. */
  confirmDelete: `${GROUP}/confirm-delete`,
  /** On a Tenant: a new value, an RFC 3339 time, asks for new credentials. */
  rotateRequestedAt: `${GROUP}/rotate-requested-at`,
  /** On a Tenant: why the person changed it last, as the desktop asked them; for people and the API server's audit log. */
  changeReason: `${GROUP}/change-reason`,
  /** On a child: hash of what the operator wants, so that an unchanged child costs no write. */
  desiredHash: `${GROUP}/desired-hash`,
  /** On the Deployment of a dedicated tenant whose spec names no number: how many replicas autoscaling left. */
  keptReplicas: `${GROUP}/kept-replicas`,
} as const;
