import { type Json, schemaComponent } from '../http/schema-component.ts';
import { EventAttributes } from './envelope.ts';
import { eventTypes } from './event-types.ts';

/**
 * The AsyncAPI 3.0 document of every event. Data of events is open: readers ignore what they do not know. Pure: the same event types give the
 * same document.
 */
export function asyncApiDocument(version: string): Json {
  const schemas: Json = {};
  const names = Object.keys(eventTypes);
  const messages = Object.fromEntries(
    Object.entries(eventTypes).map(([type, data]) => [
      type,
      {
        name: type,
        title: type.replace('dev.tenantry.', ''),
        contentType: 'application/json',
        headers: { $ref: '#/components/schemas/EventHeaders' },
        payload: opened(schemaComponent(data, 'output', schemas)),
        bindings: { kafka: { key: { type: 'string', description: 'Id of the aggregate: its events are in one partition.' } } },
      },
    ]),
  );
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tenantry events',
      version,
      description:
        'Every change of a tenant’s data is one CloudEvents 1.0 event in Kafka’s binary mode. Delivery is at least once: drop a second event with ' +
        'the same `ce_id`. Events of one aggregate come in the order of `ce_aggregateversion`. Data only ever gains properties.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      events: {
        address: '{slug}.events',
        parameters: { slug: { description: 'The tenant’s name.' } },
        messages: Object.fromEntries(names.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
      },
    },
    operations: {
      sendEvents: {
        action: 'send',
        channel: { $ref: '#/channels/events' },
        summary: 'Tenantry sends what happened to the tenant’s data.',
      },
    },
    components: { messages, schemas: { EventHeaders: headers(), ...(opened(schemas) as Json) } },
  };
}

/** Attributes as Kafka headers: binary mode puts `ce_` before each, and the content type has a name of its own. */
function headers(): Json {
  const { properties, required, type } = schemaComponent(EventAttributes, 'output', {}) as {
    readonly properties: Json;
    readonly required: readonly string[];
    readonly type: string;
  };
  const header = (name: string): string => (name === 'datacontenttype' ? 'content-type' : `ce_${name}`);
  return {
    type,
    properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [header(name), schema])),
    required: required.map(header),
  };
}

/** What zod closes because we write nothing else today is open for what we shall write. */
function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !(key === 'additionalProperties' && inner === false))
      .map(([key, inner]) => [key, opened(inner)]),
  );
}
