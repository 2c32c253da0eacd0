/**
 * The comment that marks a role as one tenant's, and a login with the mark of its password (the password itself cannot be read back
 * without being superuser). A role of that name without the mark is somebody else's.
 */
export function roleComment(tenantId: string, fingerprint?: string): string {
  return fingerprint === undefined ? `tenantry ${tenantId}` : `tenantry ${tenantId} ${fingerprint}`;
}
