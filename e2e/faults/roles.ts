/** Roles of the service that run apart, by their Deployments. */
export const ROLES = ['tenantry-relay', 'tenantry-projector', 'tenantry-webhook-sender', 'tenantry-job-worker', 'tenantry-api'] as const;
export type Role = (typeof ROLES)[number];
