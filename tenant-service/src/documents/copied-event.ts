import type { NumberedEvent } from '../event-log/event-log-reader.ts';
import type { Door } from '../tenancy/doors.ts';
import type { Tenant } from '../tenancy/tenant.ts';
import { WHO_DID_IT } from './document-statements.ts';
import type { AuditDocument } from './mongo-documents.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Of the copy of that event. */
export function auditId({ tenantId }: Tenant, seq: number): string {
  return `${tenantId}/${seq}`;
}

/** Events as they are copied, with what history says of who did it. */
export async function auditDocuments(door: Door, tenant: Tenant, events: readonly NumberedEvent[]): Promise<AuditDocument[]> {
  const subjects = events.map(subjectOf);
  const asked = events.flatMap((event, at) => (subjects[at] ? [{ ...subjects[at], version: event.version }] : []));
  const values = [asked.map(({ aggregate }) => aggregate), asked.map(({ id }) => id), asked.map(({ version }) => version)];
  const rows = asked.length === 0 ? [] : await door.read(tenant, (tx) => tx.run(WHO_DID_IT, values));
  const who = new Map(rows.map((row) => [`${row.aggregate}/${row.aggregateId}/${row.version}`, row]));
  return events.map((event, at) => {
    const { seq, id, type, subject, version, time, traceparent, data, hash } = event;
    const row = who.get(`${subjects[at]?.aggregate}/${subjects[at]?.id}/${version}`);
    return {
      _id: auditId(tenant, seq),
      tenantId: tenant.tenantId,
      ...{ seq, id, type, subject, version, time, traceparent, data },
      hash: hash.toString('hex'),
      actor: (row?.actor as string | undefined) ?? null,
      change: (row?.change as string | undefined) ?? null,
    };
  });
}

/** Whose profile is another one after these events: customers, and accounts whose owner is to be looked up. */
export function touchedCustomers(events: readonly NumberedEvent[]): { readonly customers: string[]; readonly accounts: string[] } {
  const [customers, accounts] = [new Set<string>(), new Set<string>()];
  for (const event of events) {
    const subject = subjectOf(event);
    if (subject?.aggregate === 'customer') customers.add(subject.id);
    else if (subject?.aggregate === 'account') accounts.add(subject.id);
    else if (subject?.aggregate === 'payload') {
      const { customerId } = JSON.parse(event.data) as { customerId?: unknown };
      if (typeof customerId === 'string' && UUID.test(customerId)) customers.add(customerId);
    }
  }
  return { customers: [...customers], accounts: [...accounts] };
}

/** `customers/<id>` → what has that history; nothing for an event of the tenant's own. */
function subjectOf({
  type,
  subject,
}: Pick<NumberedEvent, 'type' | 'subject'>): { readonly aggregate: string; readonly id: string } | undefined {
  const [plural = '', id = ''] = subject.split('/');
  if (!type.startsWith('dev.tenantry.') || !UUID.test(id)) return undefined;
  return { aggregate: plural.replace(/s$/, ''), id };
}
