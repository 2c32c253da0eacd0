/**
 * PostgreSQL and PgBouncer refuse to run as root. A user namespace of one user makes root's files look like that user's: no account is added,
 * nothing is chowned, data may live under a private home, and the pid stays the one we started.
 */
export function asOrdinaryUser(command: readonly string[]): string[] {
  return process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000', ...command] : [...command];
}
