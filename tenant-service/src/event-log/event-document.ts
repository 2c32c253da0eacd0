import type { Tenant } from '../tenancy/tenant.ts';
import type { NumberedEvent } from './event-log-reader.ts';

/** An event as the API shows it: CloudEvents in JSON. Its data is the text that was published, unread. */
export function eventDocument({ tenantId }: Tenant, event: NumberedEvent): string {
  const { id, type, subject, time, version, seq, traceparent, data } = event;
  const attributes = JSON.stringify({
    specversion: '1.0',
    id,
    source: `/tenants/${tenantId}`,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    tenantid: tenantId,
    aggregateversion: String(version),
    sequence: String(seq),
    ...(traceparent === null ? {} : { traceparent }),
  });
  return `${attributes.slice(0, -1)},"data":${data}}`;
}
