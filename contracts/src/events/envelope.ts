import { z } from 'zod';

/** Attributes of a CloudEvents 1.0 event as Tenantry sends it; names are lower case because CloudEvents allows nothing else. */
export const EventAttributes = z.object({
  specversion: z.literal('1.0'),
  id: z.uuid().meta({ description: 'Unique per event: consumers drop a second delivery of the same id.' }),
  source: z
    .string()
    .regex(/^\/tenants\/[0-9a-f-]{36}$/)
    .meta({ description: '`/tenants/<tenantId>`.' }),
  type: z
    .string()
    .regex(/^[a-z][a-z0-9-]*(\.[a-z0-9-]+)+$/)
    .max(200)
    .meta({
      description:
        '`dev.tenantry.<aggregate>.<verb>.v<n>`; a change that old readers could not bear gets a new n. Events a tenant publishes itself have types of its own, never under `dev.tenantry`.',
    }),
  subject: z.string().meta({ description: '`customers/<id>`.' }),
  time: z.iso.datetime().meta({ description: 'When the change was made, UTC.' }),
  datacontenttype: z.literal('application/json').meta({ description: 'Sent as the header `content-type`.' }),
  tenantid: z.uuid().meta({ description: 'The tenantId, which outlives names.' }),
  aggregateversion: z
    .string()
    .regex(/^\d+$/)
    .meta({ description: 'Version of the aggregate after the change; events of one aggregate come in this order.' }),
  partitionkey: z.string().meta({ description: 'The Kafka key: events of one aggregate are in one partition.' }),
  traceparent: z.string().optional().meta({ description: 'W3C trace context of the request that made the change.' }),
});

export type EventAttributes = z.infer<typeof EventAttributes>;

/** A record in CloudEvents' binary mode for Kafka: attributes are headers, the value is the data alone. */
export interface EventRecord {
  readonly key: string;
  /** JSON text. */
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Attributes and data → Kafka record (CloudEvents Kafka protocol binding 1.0.2, section 3.2). */
export function toRecord(attributes: EventAttributes, data: string): EventRecord {
  const headers: Record<string, string> = { 'content-type': attributes.datacontenttype };
  for (const [name, value] of Object.entries(attributes)) {
    if (name !== 'datacontenttype' && value !== undefined) headers[`ce_${name}`] = value;
  }
  return { key: attributes.partitionkey, value: data, headers };
}

/** Kafka record → attributes and data. @throws ZodError when it is not an event of ours. */
export function fromRecord(record: {
  readonly value: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, Uint8Array | string | (Uint8Array | string)[] | undefined>> | undefined;
}): { readonly attributes: EventAttributes; readonly data: unknown } {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(record.headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first === undefined) continue;
    const text = typeof first === 'string' ? first : new TextDecoder().decode(first);
    if (name === 'content-type') attributes.datacontenttype = text;
    else if (name.startsWith('ce_')) attributes[name.slice(3)] = text;
  }
  const { value } = record;
  const data: unknown = JSON.parse(typeof value === 'string' ? value : new TextDecoder().decode(value ?? new Uint8Array()));
  return { attributes: EventAttributes.parse(attributes), data };
}
