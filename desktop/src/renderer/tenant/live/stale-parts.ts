/** What follows from an event: parts of what was read that are to be read again. By the beginning of its type. */
const STALE: Readonly<Record<string, readonly string[]>> = {
  'dev.tenantry.customer.': ['duplicates', 'audit'],
  'dev.tenantry.account.': ['accounts', 'audit'],
  'dev.tenantry.transaction.': ['accounts', 'audit'],
  'dev.tenantry.import.': ['operations'],
  'dev.tenantry.export.': ['operations'],
  'dev.tenantry.report.': ['operations', 'reports'],
  'dev.tenantry.user.': ['users', 'audit'],
};

interface EventTold {
  readonly type: string;
  readonly subject: string;
  readonly data: unknown;
}

/** Keys below the tenant's of what an event makes old, e.g. `customer/<id>`. Of customers only the one it tells of: others stay as they were read. */
export function staleParts({ type, subject, data }: EventTold): readonly string[] {
  const parts = Object.entries(STALE).flatMap(([begins, stale]) => (type.startsWith(begins) ? stale : []));
  if (type.startsWith('dev.tenantry.customer.')) return [...parts, subject.replace(/^customers\//, 'customer/')];
  if (type.startsWith('dev.tenantry.payload.')) return [...parts, `customer/${(data as { customerId: string }).customerId}`];
  // Whatever happens may be sent on: only what changes the endpoints themselves makes their list old.
  if (type.startsWith('dev.tenantry.webhook.')) return ['webhooks/endpoints', 'audit'];
  return parts;
}
